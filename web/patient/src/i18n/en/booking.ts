import type { booking as zh } from '../zh/booking'

export const booking: typeof zh = {
}
