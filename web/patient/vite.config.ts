import { fileURLToPath, URL } from 'node:url'

import uniPlugin from '@dcloudio/vite-plugin-uni'
import { defineConfig } from 'vite'

// The package is CommonJS: under Node's ESM loader its default export is wrapped once more.
const uni = (uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin
const backend = process.env.JIUYI_BACKEND ?? 'http://127.0.0.1:8000'

export default defineConfig({
  base: './',
  plugins: [uni()],
  resolve: {
    alias: {
      '@api': fileURLToPath(new URL('../api', import.meta.url)),
    },
  },
  server: {
    port: Number(process.env.PORT ?? 5173),
    proxy: {
      '/api': backend,
      '/w/sign-in': backend,
      '/w/signed-in': backend,
    },
  },
})
