import type { records as zh } from '../zh/records'

export const records: typeof zh = {
}
