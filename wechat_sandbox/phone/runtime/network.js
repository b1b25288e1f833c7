// wx.request, uploadFile and downloadFile on fetch.
import { api } from './callbacks.js'
import { app, config, sandboxUser } from './config.js'
import { fileOf, temporaryFile } from './files.js'

const DEFAULT_TIMEOUT_MS = 60000
const FORBIDDEN_HEADERS = /^(referer|user-agent|host)$/i // WeChat sets these itself

/**
 * In the sandbox every request to the mini-program's server goes through the sandbox, because the real server
 * answers no cross-origin browser; nothing ever leaves for another host.
 */
function rewriteUrl(url) {
  for (const [from, to] of config.rewrite || []) if (url.startsWith(from)) return to + url.slice(from.length)
  if (!sandboxUser || url.startsWith(`${location.origin}/`)) return url
  return url.replace(/^https?:\/\/[^/]+/, sandboxUser.api.replace(/\/$/, ''))
}

function withQuery(url, data) {
  const text = (value) => encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : value)
  const query = Object.entries(data).map(([name, value]) => `${encodeURIComponent(name)}=${text(value)}`).join('&')
  return query ? url + (url.includes('?') ? '&' : '?') + query : url
}

function encodeBody(data, contentType) {
  if (typeof data === 'string' || data instanceof ArrayBuffer) return data
  return /x-www-form-urlencoded/.test(contentType) ? new URLSearchParams(data).toString() : JSON.stringify(data)
}

function prepare(options, body) {
  const method = (options.method || 'GET').toUpperCase()
  const headers = {}
  for (const [name, value] of Object.entries(options.header || {})) {
    if (!FORBIDDEN_HEADERS.test(name)) headers[name.toLowerCase()] = String(value)
  }
  const init = { method, headers, credentials: 'omit' }
  let url = rewriteUrl(options.url)
  if (body) return { url, init: { ...init, body } } // a form: the browser writes its own content type
  headers['content-type'] ||= 'application/json'
  const hasNoBody = method === 'GET' || method === 'HEAD'
  if (options.data != null && !hasNoBody) init.body = encodeBody(options.data, headers['content-type'])
  if (options.data != null && hasNoBody && typeof options.data === 'object') url = withQuery(url, options.data)
  if (method === 'GET') delete headers['content-type']
  return { url, init }
}

async function readAnswer(response, options) {
  const header = Object.fromEntries(response.headers)
  let data
  if (options.responseType === 'arraybuffer') data = await response.arrayBuffer()
  else data = await response.text()
  if (typeof data === 'string' && (options.dataType ?? 'json') === 'json') {
    try {
      data = JSON.parse(data)
    } catch {
      // WeChat hands over the text when it is no JSON
    }
  }
  return { data, statusCode: response.status, header, cookies: [], profile: {} }
}

/** `run` does the request; `task` is what wx.request returns at once. */
function exchange(options, body) {
  const abort = new AbortController()
  let timedOut = false
  const run = async () => {
    const timer = setTimeout(() => {
      timedOut = true
      abort.abort()
    }, options.timeout || app.networkTimeout?.request || DEFAULT_TIMEOUT_MS)
    try {
      const { url, init } = prepare(options, body)
      return await readAnswer(await fetch(url, { ...init, signal: abort.signal }), options)
    } catch (error) {
      if (timedOut) throw { errMsg: 'timeout', errno: 5 }
      throw { errMsg: abort.signal.aborted ? 'abort' : error.message, errno: 600001 }
    } finally {
      clearTimeout(timer)
    }
  }
  const nothing = () => {}
  const task = {
    abort: () => abort.abort(),
    onHeadersReceived: nothing, offHeadersReceived: nothing,
    onProgressUpdate: nothing, offProgressUpdate: nothing,
    onChunkReceived: nothing, offChunkReceived: nothing,
  }
  return { run, task }
}

/** A task that is also a promise when no callback was given. */
function started(name, options, { run, task }, convert = (answer) => answer) {
  const promise = api(name, async () => convert(await run()))(options)
  return promise ? Object.assign(task, { then: promise.then.bind(promise), catch: promise.catch.bind(promise) }) : task
}

export const networkApi = {
  request: (options) => started('request', options, exchange(options)),
  uploadFile(options) {
    const form = new FormData()
    form.append(options.name, fileOf(options.filePath) || new Blob([]))
    for (const [name, value] of Object.entries(options.formData || {})) form.append(name, value)
    return started('uploadFile', options, exchange({ ...options, method: 'POST', dataType: 'text' }, form))
  },
  downloadFile: (options) => started(
    'downloadFile', options, exchange({ ...options, responseType: 'arraybuffer' }),
    ({ data, statusCode }) => ({ statusCode, tempFilePath: temporaryFile(new Blob([data])) }),
  ),
}
