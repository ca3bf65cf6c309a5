/** The event object a mini program's handler receives. */

const targetOf = (element) =>
  element
    ? { id: element.id || '', dataset: { ...element.dataset }, offsetLeft: element.offsetLeft, offsetTop: element.offsetTop }
    : { id: '', dataset: {} }

const touchOf = (touch) => ({
  clientX: touch.clientX,
  clientY: touch.clientY,
  pageX: touch.pageX,
  pageY: touch.pageY,
  identifier: touch.identifier,
})

/** @param {Event & {touches?: TouchList, clientX?: number, clientY?: number}} event @param {string} type @param {object} [detail] */
export function eventFor(event, type, detail) {
  const touches = [...(event.touches ?? [])].map(touchOf)
  return {
    type,
    timeStamp: event.timeStamp,
    target: targetOf(event.target),
    currentTarget: targetOf(event.currentTarget),
    touches,
    changedTouches: touches,
    detail: detail ?? { clientX: event.clientX, clientY: event.clientY },
    stopPropagation() {},
    preventDefault() {},
  }
}
