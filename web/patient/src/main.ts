import { createPinia } from 'pinia'
import { createSSRApp } from 'vue'

import App from './App.vue'
import { reloadWhenReplaced } from './platform/host'

// uni-app calls this once for each platform; the name and the shape of the answer are its convention.
export function createApp() {
  reloadWhenReplaced()
  const app = createSSRApp(App)
  app.use(createPinia())
  return { app }
}
