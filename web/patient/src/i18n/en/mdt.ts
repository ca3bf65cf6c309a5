import type { mdt as zh } from '../zh/mdt'

export const mdt: typeof zh = {
}
