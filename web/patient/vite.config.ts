import { fileURLToPath, URL } from 'node:url'

import uniPlugin from '@dcloudio/vite-plugin-uni'
import { defineConfig, type Plugin } from 'vite'

// The package is CommonJS: under Node's ESM loader its default export is wrapped once more.
const uni = (uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin
const backend = process.env.JIUYI_BACKEND ?? 'http://127.0.0.1:8000'

/** uni-app's style sheets and scripts name pictures of its maker's host; nothing may load from a host that is not ours. */
const noForeignPictures: Plugin = {
  name: 'no-foreign-pictures',
  enforce: 'post',
  generateBundle(_, bundle) {
    for (const asset of Object.values(bundle)) {
      if (asset.type === 'asset' && asset.fileName.endsWith('.css')) {
        asset.source = String(asset.source).replace(/url\(["']?https?:\/\/[^)]*\)/g, 'none')
      }
      if (asset.type === 'chunk') {
        asset.code = asset.code.replace(/https:\/\/cdn\.dcloud\.net\.cn\/[^"'`]*/g, 'data:,')
      }
    }
  },
}

export default defineConfig({
  base: './',
  plugins: [uni(), noForeignPictures],
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
      '/l/sign-in': backend,
      '/l/signed-in': backend,
    },
  },
})
