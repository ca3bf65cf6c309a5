import { apiOrigin } from './origin'

/** Whether this phone can open a file of the server by its address: only H5, whose cookie goes with it. */
export function opensPapers(): boolean {
  // #ifdef H5
  return true
  // #endif
  // #ifndef H5
  return false
  // #endif
}

/** Open a file below /api. */
export function openPaper(path: string): void {
  // #ifdef H5
  window.location.href = `${apiOrigin()}/api${path}`
  // #endif
}
