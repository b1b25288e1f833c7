// A line chart with its reference, drawn on a canvas of type 2d. Numbers in, picture out: what is drawn is counted in units.
const ROOM = { left: 44, right: 12, top: 12, bottom: 30 } // css px around the lines
const INKS = ['#0b6e69', '#2b55a8']
const BANDS = ['#d8f0e4', '#dfe9fb']
const STEPS = 4

/**
 * Where everything goes, in css px.
 * @param {any} trend a Trend of the server
 * @param {{ width: number, height: number }} box
 */
function layout(trend, box) {
  const values = [
    ...trend.items.flatMap((/** @type {any} */ item) => item.points),
    ...trend.bands.flatMap((/** @type {any} */ band) => [band.low, band.high]),
  ]
  const spare = (Math.max(...values) - Math.min(...values)) * 0.1 || 1
  const low = Math.min(...values) - spare
  const high = Math.max(...values) + spare
  const from = Date.parse(trend.from_at)
  const until = Date.parse(trend.until_at)
  const width = box.width - ROOM.left - ROOM.right
  const height = box.height - ROOM.top - ROOM.bottom
  /** @param {string} at */
  const x = (at) => ROOM.left + ((Date.parse(at) - from) / (until - from)) * width
  /** @param {number} value */
  const y = (value) => ROOM.top + ((high - value) / (high - low)) * height
  return {
    area: { left: ROOM.left, right: ROOM.left + width, bottom: ROOM.top + height },
    bands: trend.bands.map((/** @type {any} */ band) => ({ top: y(band.high), bottom: y(band.low) })),
    lines: trend.lines.map((/** @type {string} */ name, /** @type {number} */ number) =>
      trend.items.map((/** @type {any} */ item) => ({ x: x(item.measured_at), y: y(item.points[number]) })),
    ),
    marks: Array.from({ length: STEPS + 1 }, (_, step) => {
      const value = low + ((high - low) * step) / STEPS
      return { y: y(value), text: high - low > 20 ? String(Math.round(value)) : value.toFixed(1) }
    }),
  }
}

/** @param {any} pen @param {any} trend @param {{ width: number, height: number }} box */
function draw(pen, trend, box) {
  const plan = layout(trend, box)
  pen.fillStyle = '#ffffff'
  pen.fillRect(0, 0, box.width, box.height)
  plan.bands.forEach((/** @type {any} */ band, /** @type {number} */ number) => {
    pen.fillStyle = BANDS[number]
    pen.fillRect(plan.area.left, band.top, plan.area.right - plan.area.left, band.bottom - band.top)
  })
  pen.font = '14px sans-serif'
  pen.lineWidth = 1
  for (const mark of plan.marks) {
    pen.strokeStyle = '#d5dedc'
    stroke(pen, [{ x: plan.area.left, y: mark.y }, { x: plan.area.right, y: mark.y }])
    pen.fillStyle = '#465653'
    pen.textAlign = 'right'
    pen.fillText(mark.text, plan.area.left - 6, mark.y + 5)
  }
  pen.textAlign = 'left'
  pen.fillText(day(trend.from_at), plan.area.left, box.height - 8)
  pen.textAlign = 'right'
  pen.fillText(day(trend.until_at), plan.area.right, box.height - 8)
  pen.lineWidth = 3
  pen.lineJoin = 'round'
  plan.lines.forEach((/** @type {any[]} */ dots, /** @type {number} */ number) => {
    pen.strokeStyle = INKS[number]
    pen.fillStyle = INKS[number]
    stroke(pen, dots)
    for (const dot of dots) {
      pen.beginPath()
      pen.arc(dot.x, dot.y, 5, 0, 2 * Math.PI)
      pen.fill()
    }
  })
}

/** @param {any} pen @param {{ x: number, y: number }[]} dots */
function stroke(pen, dots) {
  pen.beginPath()
  dots.forEach((dot, number) => (number ? pen.lineTo(dot.x, dot.y) : pen.moveTo(dot.x, dot.y)))
  pen.stroke()
}

/** @param {string} at */
const day = (at) => `${Number(at.slice(5, 7))}月${Number(at.slice(8, 10))}日`

/**
 * Find the canvas on the page and draw; nothing happens where the page has none (no values yet).
 * @param {any} page @param {string} selector @param {any} trend
 */
function show(page, selector, trend) {
  page
    .createSelectorQuery()
    .select(selector)
    .fields({ node: true, size: true }, () => {})
    .exec((/** @type {any[]} */ found) => {
      const box = found && found[0]
      if (!box || !box.node) return
      const density = Math.min(wx.getWindowInfo().pixelRatio || 1, 2)
      box.node.width = Math.round(box.width * density)
      box.node.height = Math.round(box.height * density)
      const pen = box.node.getContext('2d')
      pen.scale(density, density)
      draw(pen, trend, box)
    })
}

module.exports = { layout, show }
