export const messages = {
}
