export interface PickedFile { path: string; name: string; size: number }

interface Chosen { path?: string; tempFilePath?: string; name?: string; size?: number }

const named = (file: Chosen, index: number): PickedFile => ({
  path: file.path ?? file.tempFilePath ?? '', name: file.name ?? `photo-${index + 1}.jpg`, size: file.size ?? 0,
})

/** Let the user choose pictures (and, where the platform can, PDF files). Empty when they stop. */
export function pickFiles(count: number): Promise<PickedFile[]> {
  // #ifdef H5
  return new Promise((resolve) => {
    uni.chooseFile({
      count, extension: ['.jpg', '.jpeg', '.png', '.pdf'],
      success: (answer) => resolve((answer.tempFiles as Chosen[]).map(named)),
      fail: () => resolve([]),
    })
  })
  // #endif
  // #ifndef H5
  return new Promise((resolve) => {
    uni.chooseImage({
      count, sizeType: ['compressed'],
      success: (answer) => resolve((answer.tempFiles as Chosen[]).map(named)),
      fail: () => resolve([]),
    })
  })
  // #endif
}
