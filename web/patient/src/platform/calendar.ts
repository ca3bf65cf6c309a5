import { apiOrigin, currentChannel } from './origin'

/** Put an appointment into the phone's calendar: H5 opens the .ics file, mini programs ask the phone. */
export function addToCalendar(entry: { icsPath: string; title: string; startsAt: string; endsAt: string; place: string }): Promise<boolean> {
  // #ifdef H5
  // Alipay's pages cannot hand a file to the phone: the caller then says so.
  if (currentChannel() === 'alipay_life') return Promise.resolve(false)
  window.location.href = `${apiOrigin()}/api${entry.icsPath}`
  return Promise.resolve(true)
  // #endif
  // #ifdef MP-WEIXIN
  return new Promise((resolve) => {
    const seconds = (time: string) => Math.floor(Date.parse(time) / 1000)
    wx.addPhoneCalendar({
      title: entry.title, startTime: seconds(entry.startsAt), endTime: String(seconds(entry.endsAt)), location: entry.place,
      success: () => resolve(true), fail: () => resolve(false),
    })
  })
  // #endif
  // #ifdef MP-ALIPAY
  // Older phones cannot: the caller then says so.
  if (!my.canIUse('addPhoneCalendar')) return Promise.resolve(false)
  return new Promise((resolve) => {
    my.addPhoneCalendar({
      title: entry.title, startTime: Date.parse(entry.startsAt), endTime: Date.parse(entry.endsAt), location: entry.place,
      success: () => resolve(true), fail: () => resolve(false),
    })
  })
  // #endif
}
