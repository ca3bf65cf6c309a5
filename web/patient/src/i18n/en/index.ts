import { booking } from './booking'
import { common } from './common'
import { deposit } from './deposit'
import { fees } from './fees'
import { home } from './home'
import { insurance } from './insurance'
import { me } from './me'
import { mdt } from './mdt'
import { messages, visits } from './messages'
import { patients } from './patients'
import { pay } from './pay'
import { records } from './records'

export const en = { common, booking, mdt, pay, insurance, fees, deposit, home, patients, records, messages, visits, me }
