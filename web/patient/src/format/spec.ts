const UNITS: Record<string, string> = { 片: 'tablets', 粒: 'capsules', 支: 'ampoules', 瓶: 'bottles', 袋: 'sachets', 包: 'sachets', 盒: 'boxes', 丸: 'pills', 贴: 'patches', 枚: 'pieces' }

/** A medicine's strength and pack as the hospital writes it; in English its unit is put into words: `10mg×28片` → `10mg × 28 tablets`. */
export function specIn(spec: string, locale: string): string {
  if (locale !== 'en') return spec
  return spec.replace(/×\s*(\d+)\s*([片粒支瓶袋包盒丸贴枚])/g, (_, count: string, unit: string) => ` × ${count} ${UNITS[unit] ?? unit}`)
}
