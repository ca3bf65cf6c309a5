export const me = {
}
