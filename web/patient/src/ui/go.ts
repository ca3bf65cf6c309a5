/** Home page of the app: where "back" leads when there is nothing behind. */
export const HOME = '/pages/home/index'

export interface Query { [name: string]: string | number | null | undefined }

/** Address of a page with its parameters. */
export function address(page: string, query: Query = {}): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return parts.length ? `${page}?${parts.join('&')}` : page
}

export function goTo(page: string, query?: Query): void {
  uni.navigateTo({ url: address(page, query) })
}

/** Open in place of the present page: what is done cannot be gone back to. */
export function goInstead(page: string, query?: Query): void {
  uni.redirectTo({ url: address(page, query) })
}

/** Open with nothing behind it. */
export function goFresh(page: string, query?: Query): void {
  uni.reLaunch({ url: address(page, query) })
}

export function goBack(): void {
  if (getCurrentPages().length > 1) uni.navigateBack()
  else goFresh(HOME)
}
