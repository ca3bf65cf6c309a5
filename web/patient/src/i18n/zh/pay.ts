export const pay = {
}
