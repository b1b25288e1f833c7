// Temporary files: a blob address stands for WeChat's wxfile:// path.
import { api } from './callbacks.js'
import { config } from './config.js'
import { asset, make } from './dom.js'
import { root, pagesBox } from './shell.js'
import { showOverlay } from './overlays.js'

const files = new Map()

export function temporaryFile(blob) {
  const path = URL.createObjectURL(blob)
  files.set(path, blob)
  return path
}

export const fileOf = (path) => files.get(path)

/** Lets the person choose files; rejects with "cancel". */
export const pickFiles = (accept, multiple) => new Promise((resolve, reject) => {
  const input = make('input', { type: 'file', accept, multiple, hidden: true })
  input.onchange = () => {
    input.remove()
    resolve([...input.files])
  }
  input.oncancel = () => {
    input.remove()
    reject('cancel')
  }
  root.append(input)
  input.click()
})

async function chooseImage({ count = 9 }) {
  const chosen = (await pickFiles('image/*', count > 1)).map((file) => ({ path: temporaryFile(file), size: file.size }))
  return { tempFilePaths: chosen.map((file) => file.path), tempFiles: chosen }
}

async function chooseMedia({ count = 9 }) {
  const chosen = await pickFiles('image/*,video/*', count > 1)
  const tempFiles = chosen.map((file) => ({
    tempFilePath: temporaryFile(file), size: file.size, fileType: file.type.split('/')[0],
  }))
  return { type: 'image', tempFiles }
}

const imageInfo = ({ src }) => new Promise((resolve, reject) => {
  const image = new Image()
  image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight, path: src })
  image.onerror = () => reject('load failed')
  image.src = asset(src)
})

function previewImage({ current, urls }) {
  const image = make('img', { src: asset(current || urls[0]), alt: '', className: 'mp-preview' })
  const mask = make('div', { className: 'mp-mask', onclick: () => mask.remove() }, image)
  showOverlay(mask)
}

/** WeChat opens a document in a reader of its own; here it lies over the page, drawn by the browser where that can. */
async function openDocument({ filePath, fileType = '' }) {
  const blob = fileOf(filePath)
  if (!blob) throw { errMsg: 'file doesn\'t exist' }
  const head = new TextDecoder('latin1').decode(await blob.slice(0, 5).arrayBuffer())
  const kind = fileType || (head === '%PDF-' ? 'pdf' : '')
  if (kind === 'pdf' && head !== '%PDF-') throw { errMsg: 'filetype not supported' }
  const source = URL.createObjectURL(new Blob([blob], { type: kind === 'pdf' ? 'application/pdf' : '' }))
  const title = make('span', { textContent: `${kind.toUpperCase()} ${Math.ceil(blob.size / 1024)} KB` })
  const close = make('button', { textContent: '关闭', className: 'mp-document-close' })
  const reader = make('iframe', { src: source, title: 'document' })
  const mask = make('div', { className: 'mp-document' }, make('div', { className: 'mp-document-bar' }, title, close), reader)
  Object.assign(mask.dataset, { type: kind, size: blob.size, path: filePath })
  close.onclick = () => {
    URL.revokeObjectURL(source)
    mask.remove()
  }
  showOverlay(mask)
}

/** Draws the asked part of a canvas into a temporary PNG or JPEG. */
async function canvasToTempFilePath(options) {
  const source = options.canvas || pagesBox.querySelector(`.mp-active #${CSS.escape(options.canvasId || '')} > canvas`)
  if (!source) throw { errMsg: 'fail canvas is empty' }
  const { x = 0, y = 0, width = source.width - x, height = source.height - y } = options
  const target = make('canvas', { width: options.destWidth || width, height: options.destHeight || height })
  target.getContext('2d').drawImage(source, x, y, width, height, 0, 0, target.width, target.height)
  const type = options.fileType === 'jpg' ? 'image/jpeg' : 'image/png'
  const blob = await new Promise((resolve) => { target.toBlob(resolve, type, options.quality) })
  return { tempFilePath: temporaryFile(blob) }
}

async function readFile({ filePath, encoding }) {
  const blob = fileOf(filePath)
  if (!blob) throw { errMsg: `no such file or directory, open "${filePath}"` }
  if (!encoding) return { data: await blob.arrayBuffer() }
  if (encoding !== 'base64') return { data: await blob.text() }
  return { data: bytesToBase64(await blob.arrayBuffer()) }
}

function bytesToBase64(buffer) {
  let text = ''
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte)
  return btoa(text)
}

/** Plays a temporary file with the browser's own player; what that cannot decode is an error, as on a phone. */
function createInnerAudioContext() {
  const audio = document.createElement('audio')
  const context = {
    onError: (told) => audio.addEventListener('error', () => told({ errCode: 10004, errMsg: 'format not supported' })),
    onEnded: (told) => audio.addEventListener('ended', () => told()),
    play: () => { audio.play().catch(() => {}) },
    pause: () => audio.pause(),
    stop: () => audio.pause(),
    destroy: () => { audio.pause(); audio.removeAttribute('src') },
  }
  return Object.defineProperty(context, 'src', { set: (path) => { audio.src = asset(path) }, get: () => audio.src })
}

/** MPEG-2 layer III, 16 kHz, mono, 48 kbit/s: 36 ms of silence. */
const silentFrame = () => Uint8Array.from({ length: 216 }, (_, at) => [0xff, 0xf3, 0x68, 0xc0][at] ?? 0)
const FRAME_MS = 36

/** The one recorder of WeChat: it hears nothing here, and gives an MP3 of that length. */
function recorderManager() {
  const told = { start: [], stop: [], error: [] }
  const tell = (what, detail) => told[what].forEach((listener) => listener(detail))
  let began = 0
  let timer = null
  const stop = () => {
    if (!began) return
    clearTimeout(timer)
    const duration = performance.now() - began
    began = 0
    const frames = Array.from({ length: Math.max(1, Math.ceil(duration / FRAME_MS)) }, silentFrame)
    const blob = new Blob(frames, { type: 'audio/mpeg' })
    tell('stop', { tempFilePath: temporaryFile(blob), duration, fileSize: blob.size })
  }
  return {
    start({ duration = 60000 } = {}) {
      if (began) return tell('error', { errMsg: 'operateRecorder:fail:is recording or paused' })
      began = performance.now()
      timer = setTimeout(stop, duration)
      return tell('start', {})
    },
    stop,
    onStart: (listener) => told.start.push(listener),
    onStop: (listener) => told.stop.push(listener),
    onError: (listener) => told.error.push(listener),
  }
}

let recorder = null

const fileSystem = { readFile: api('readFile', readFile) }

export const fileApi = {
  chooseImage: api('chooseImage', chooseImage),
  chooseMedia: api('chooseMedia', chooseMedia),
  getImageInfo: api('getImageInfo', imageInfo),
  previewImage: api('previewImage', previewImage),
  createInnerAudioContext,
  getRecorderManager: () => (recorder ||= recorderManager()),
  openDocument: api('openDocument', openDocument),
  canvasToTempFilePath: api('canvasToTempFilePath', canvasToTempFilePath),
  getFileSystemManager: () => fileSystem,
  base64ToArrayBuffer: (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer,
  arrayBufferToBase64: bytesToBase64,
  env: { USER_DATA_PATH: config.userDataPath || 'wxfile://usr' },
}
