export const booking = {
}
