/// <reference types="vite/client" />

declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}

interface ImportMetaEnv {
  /** Origin of the platform for mini programs, for example https://jiuyi.example.cn; empty in the H5 build. */
  readonly VITE_API_ORIGIN?: string
}
