// Errors of the mini-program's own code go to the console and to whoever asked with wx.onError.
const listeners = []

export const onError = (listener) => { listeners.push(listener) }

export function report(where, error) {
  console.error(where, error?.stack || error)
  for (const listener of listeners) listener(String(error?.stack || error))
}
