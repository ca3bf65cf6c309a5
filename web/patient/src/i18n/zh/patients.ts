export const patients = {
}
