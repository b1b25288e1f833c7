// The authorised person signs on this screen: what is drawn goes into the form as a PNG.
const box = document.querySelector('canvas[data-into]')
if (box) {
  const field = document.getElementById(box.dataset.into)
  const pen = box.getContext('2d')
  let last = null
  let length = 0
  const clear = () => {
    pen.fillStyle = '#ffffff'
    pen.fillRect(0, 0, box.width, box.height)
    pen.strokeStyle = '#16211f'
    pen.lineWidth = 4
    pen.lineCap = 'round'
    length = 0
    field.value = ''
  }
  const place = (event) => {
    const rect = box.getBoundingClientRect()
    return { x: ((event.clientX - rect.left) * box.width) / rect.width, y: ((event.clientY - rect.top) * box.height) / rect.height }
  }
  clear()
  box.addEventListener('pointerdown', (event) => {
    box.setPointerCapture(event.pointerId)
    last = place(event)
  })
  box.addEventListener('pointermove', (event) => {
    if (!last) return
    const to = place(event)
    pen.beginPath()
    pen.moveTo(last.x, last.y)
    pen.lineTo(to.x, to.y)
    pen.stroke()
    length += Math.hypot(to.x - last.x, to.y - last.y)
    last = to
    if (length > 80) field.value = box.toDataURL('image/png')
  })
  for (const name of ['pointerup', 'pointercancel']) {
    box.addEventListener(name, () => {
      last = null
    })
  }
  document.getElementById('clear-drawing').addEventListener('click', clear)
}
