import type { WechatSdk } from './wechat'

export interface Place { latitude: number; longitude: number; accuracy: number }

/** Position in GCJ-02, the system of Chinese maps; null when refused or unknown. */
export function locate(sdk: WechatSdk | null): Promise<Place | null> {
  // #ifdef H5
  if (!sdk) return Promise.resolve(null)
  return new Promise((resolve) => {
    sdk.getLocation({
      type: 'gcj02',
      success: (answer: Place) => resolve({ latitude: Number(answer.latitude), longitude: Number(answer.longitude), accuracy: Number(answer.accuracy) }),
      cancel: () => resolve(null), fail: () => resolve(null),
    })
  })
  // #endif
  // #ifndef H5
  return new Promise((resolve) => {
    uni.getLocation({
      type: 'gcj02',
      success: (answer) => resolve({ latitude: answer.latitude, longitude: answer.longitude, accuracy: answer.accuracy }),
      fail: () => resolve(null),
    })
  })
  // #endif
}
