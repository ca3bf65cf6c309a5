import type { pay as zh } from '../zh/pay'

export const pay: typeof zh = {
}
