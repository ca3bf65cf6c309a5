/** Full brightness while a code is shown, so that scanners read it. Gives the function that puts it back. */
export function brighten(): () => void {
  // #ifdef H5
  // A page in a browser may not change the brightness: the full-screen white sheet has to do.
  return () => undefined
  // #endif
  // #ifndef H5
  let before = -1
  uni.getScreenBrightness({ success: (answer) => { before = answer.value } })
  uni.setScreenBrightness({ value: 1, fail: () => undefined })
  return () => { if (before >= 0) uni.setScreenBrightness({ value: before, fail: () => undefined }) }
  // #endif
}
