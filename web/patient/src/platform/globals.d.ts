// What the mini-program containers put into the global scope, as far as this folder uses it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
declare const my: any
// eslint-disable-next-line @typescript-eslint/no-explicit-any
declare const wx: any
