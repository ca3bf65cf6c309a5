import type { way as zh } from '../zh/way'

export const way: typeof zh = {
  campus: (name: string) => `Go to ${name}`,
  building: (name: string) => `Enter ${name}`,
  floor: (floor: number) => (floor === 1 ? 'It is on floor 1, the ground floor' : `Go up to floor ${floor}`),
  lift: 'There is a lift',
  door: (door: string) => `Look for: ${door}`,
  lost: 'Cannot find it?',
  lostSub: 'Show this page to any member of staff: the Chinese name is in brackets. The service desk is on floor 1 of the Outpatient Building (门诊楼).',
}
