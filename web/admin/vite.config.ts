import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  base: '/console/',
  plugins: [vue()],
  build: { outDir: 'dist/build/console', target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
})
