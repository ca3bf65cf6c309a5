import { fileURLToPath, URL } from 'node:url'

import { defineConfig } from 'vitest/config'

// Pure functions, texts and the theme are tested here, without the uni-app compiler.
export default defineConfig({
  resolve: {
    alias: {
      '@': fileURLToPath(new URL('./src', import.meta.url)),
      '@api': fileURLToPath(new URL('../api', import.meta.url)),
    },
  },
  test: { include: ['src/**/*.test.ts', 'tests/**/*.test.ts'], environment: 'node' },
})
