export const home = {
}
