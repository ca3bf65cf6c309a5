/** Entry of the script that runs in a page: `MiniProgram.start({page, phone})`. */
import { phoneFromQuery } from './base-library.mjs'
import { createProgram } from './program.mjs'

window.MiniProgram = {
  phoneFromQuery,
  /** the running program, once started */
  program: null,
  /** @param {{page?: string | null, phone?: object}} [options] */
  async start({ page, phone } = {}) {
    const program = createProgram(window, window.__MINI_PROGRAM__, phone)
    window.MiniProgram.program = program
    await program.start(page)
    return program
  },
}
