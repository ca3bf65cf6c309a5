export const mdt = {
}
