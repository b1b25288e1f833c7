// A hand-drawn signature on a canvas of type 2d.
const INK = '#16211f'
const LEAST_LENGTH = 80 // css px of line; a single dot is not a signature

/**
 * Where a finger is on the canvas. WeChat gives x and y counted from the canvas' corner;
 * where they are missing, its place in the window is subtracted.
 * @param {any} touch @param {any} rect
 */
function place(touch, rect) {
  if (typeof touch.x === 'number') return { x: touch.x, y: touch.y }
  return { x: touch.clientX - rect.left, y: touch.clientY - rect.top }
}

class Signature {
  /** @param {any} canvas @param {any} rect left, top, width, height in css px @param {number} density px per css px */
  constructor(canvas, rect, density) {
    this.canvas = canvas
    this.rect = rect
    canvas.width = Math.round(rect.width * density)
    canvas.height = Math.round(rect.height * density)
    this.pen = canvas.getContext('2d')
    this.pen.scale(density, density)
    this.clear()
  }

  clear() {
    // White, not transparent: the picture is printed and shown on any background.
    this.pen.fillStyle = '#ffffff'
    this.pen.fillRect(0, 0, this.rect.width, this.rect.height)
    this.pen.strokeStyle = INK
    this.pen.lineWidth = 4
    this.pen.lineCap = 'round'
    this.pen.lineJoin = 'round'
    this.length = 0
    this.last = null
  }

  /** @param {any} touch */
  start(touch) {
    this.last = place(touch, this.rect)
  }

  /** @param {any} touch */
  move(touch) {
    const to = place(touch, this.rect)
    const from = this.last || to
    this.pen.beginPath()
    this.pen.moveTo(from.x, from.y)
    this.pen.lineTo(to.x, to.y)
    this.pen.stroke()
    this.length += Math.hypot(to.x - from.x, to.y - from.y)
    this.last = to
  }

  /** @returns {boolean} whether enough was drawn */
  isWritten() {
    return this.length >= LEAST_LENGTH
  }

  /** @returns {string} PNG data URL */
  picture() {
    return this.canvas.toDataURL('image/png')
  }
}

/**
 * Find the canvas on the page and prepare it.
 * @param {any} page @param {string} selector
 * @returns {Promise<Signature>}
 */
function openSignature(page, selector) {
  return new Promise((resolve, reject) => {
    page
      .createSelectorQuery()
      .select(selector)
      .fields({ node: true, size: true, rect: true }, () => {})
      .exec((/** @type {any[]} */ found) => {
        const box = found && found[0]
        if (!box || !box.node) return reject({ title: '签名框没有打开，请返回后重试', code: 'canvas_missing', status: 0 })
        const density = Math.min(wx.getWindowInfo().pixelRatio || 1, 2)
        return resolve(new Signature(box.node, box, density))
      })
  })
}

module.exports = { openSignature }
