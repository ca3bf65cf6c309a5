import type { messages as zh } from '../zh/messages'

export const messages: typeof zh = {
}
