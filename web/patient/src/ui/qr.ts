import qrcode from 'qrcode-generator'

import { svgUrl } from './svg'

/** The dark modules of a QR code, row by row. Error correction M; the version fits the text. */
export function qrModules(text: string): boolean[][] {
  const code = qrcode(0, 'M')
  code.addData(text)
  code.make()
  const count = code.getModuleCount()
  return Array.from({ length: count }, (_, row) => Array.from({ length: count }, (__, column) => code.isDark(row, column)))
}

/** A CSS url() with the code as one path; one unit a module. */
export function qrSvg(text: string): string {
  const modules = qrModules(text)
  let path = ''
  modules.forEach((row, y) => row.forEach((dark, x) => { if (dark) path += `M${x} ${y}h1v1h-1z` }))
  return svgUrl(`viewBox="0 0 ${modules.length} ${modules.length}" shape-rendering="crispEdges"`, `<path d="${path}"/>`)
}
