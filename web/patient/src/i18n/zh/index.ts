import { booking } from './booking'
import { common } from './common'
import { home } from './home'
import { me } from './me'
import { mdt } from './mdt'
import { messages, visits } from './messages'
import { patients } from './patients'
import { pay } from './pay'
import { records } from './records'

export const zh = { common, booking, mdt, pay, home, patients, records, messages, visits, me }
