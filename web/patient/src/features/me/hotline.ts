/** Shown only where the server has never been reached, so that its own number is unknown. */
export const HOTLINE = '020-8888 0000'
