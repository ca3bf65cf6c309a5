export const way = {
  campus: (name: string) => `先到${name}`,
  building: (name: string) => `进${name}`,
  floor: (floor: number) => (floor === 1 ? '就在 1 楼' : `上 ${floor} 楼`),
  lift: '腿脚不便请乘电梯',
  door: (door: string) => `找“${door}”`,
  lost: '找不到？',
  lostSub: '把这一页给穿制服的工作人员看。门诊楼 1 楼有服务台。',
}
