// Touch events and long presses. A mouse counts as one finger, so that everything can be tried on a desktop.
import { dispatch } from './engine.js'
import { followPull } from './pull_refresh.js'

const LONG_PRESS_MS = 350
const MOVE_TOLERANCE_PX = 10
const BUBBLING = { bubbles: true, composed: true, capturePhase: true }

function engineNode(domNode) {
  let node = domNode
  while (node && !node.__wxElement) node = node.parentNode
  return node
}

/** WeChat's touch point; inside a canvas it also has x and y counted from the canvas' corner. */
function touchPoint(target, { identifier, clientX, clientY, force = 1 }) {
  const scroller = target.closest?.('wx-page')
  const top = scroller ? scroller.getBoundingClientRect().top : 0
  const y = clientY - top
  const point = { identifier, clientX, clientY: y, pageX: clientX, pageY: y + (scroller?.scrollTop || 0), force }
  const canvas = target.closest?.('wx-canvas')
  if (!canvas) return point
  const box = canvas.getBoundingClientRect()
  return { ...point, x: clientX - box.left, y: clientY - box.top }
}

function fireTouch(target, type, points, changed, original) {
  if (changed[0]) followPull(type, changed[0], target)
  const node = engineNode(target)
  if (!node?.isConnected) return
  const fields = {
    touches: points.map((point) => touchPoint(target, point)),
    changedTouches: changed.map((point) => touchPoint(target, point)),
  }
  const { pageX: x, pageY: y } = fields.changedTouches[0] || { pageX: 0, pageY: 0 }
  const status = dispatch(node.__wxElement, type, { x, y }, { ...BUBBLING, originalEvent: original, extraFields: fields })
  // only scrolling is held back: stopping the start would also stop the focus of inputs and the mouse's tap
  if (status === 1 && type === 'touchmove' && original.cancelable) original.preventDefault()
}

function listenToFingers() {
  for (const type of ['touchstart', 'touchmove', 'touchend', 'touchcancel']) {
    document.body.addEventListener(type, (event) => {
      fireTouch(event.target, type, [...event.targetTouches], [...event.changedTouches], event)
    }, { capture: true, passive: false })
  }
}

function listenToMouse() {
  let pressed = null // a finger keeps talking to the element where it came down; so does the mouse
  const point = (event) => ({ identifier: 0, clientX: event.clientX, clientY: event.clientY })
  const isMouse = (event) => event.pointerType === 'mouse'
  addEventListener('pointerdown', (event) => {
    if (!isMouse(event) || event.button !== 0) return
    pressed = event.target
    fireTouch(pressed, 'touchstart', [point(event)], [point(event)], event)
  }, true)
  addEventListener('pointermove', (event) => {
    if (isMouse(event) && pressed) fireTouch(pressed, 'touchmove', [point(event)], [point(event)], event)
  }, true)
  const end = (type) => (event) => {
    if (!isMouse(event) || !pressed) return
    const target = pressed
    pressed = null
    fireTouch(target, type, [], [point(event)], event)
  }
  addEventListener('pointerup', end('touchend'), true)
  addEventListener('pointercancel', end('touchcancel'), true)
}

function listenToLongPress() {
  addEventListener('pointerdown', (down) => {
    const node = engineNode(down.target)
    if (!node) return
    const stop = () => {
      clearTimeout(timer)
      for (const type of ['pointerup', 'pointercancel', 'pointermove']) removeEventListener(type, watch, true)
    }
    const watch = (event) => {
      const moved = Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY)
      if (event.type !== 'pointermove' || moved > MOVE_TOLERANCE_PX) stop()
    }
    const timer = setTimeout(() => {
      stop()
      const detail = { x: down.clientX, y: down.clientY }
      for (const type of ['longpress', 'longtap']) dispatch(node.__wxElement, type, detail, { bubbles: true, composed: true })
    }, LONG_PRESS_MS)
    for (const type of ['pointerup', 'pointercancel', 'pointermove']) addEventListener(type, watch, true)
  }, true)
}

export function listen() {
  listenToFingers()
  listenToMouse()
  listenToLongPress()
}
