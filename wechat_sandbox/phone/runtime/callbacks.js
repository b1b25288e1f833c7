// WeChat's calling convention: success/fail/complete callbacks, or a promise when none is given.

function finish(options, name, error, result) {
  const answer = error ? failure(name, error) : { ...(result || {}), errMsg: `${name}:ok` }
  try {
    if (error) options.fail?.(answer)
    else options.success?.(answer)
  } finally {
    options.complete?.(answer)
  }
  return answer
}

function failure(name, error) {
  const fields = typeof error === 'object' && !(error instanceof Error) ? error : {}
  const reason = error.errMsg || error.message || error
  return { ...fields, errMsg: `${name}:fail ${reason}`.replace(/(\w+:fail )\1/, '$1') }
}

/** Turns `work(options)` into wx.<name>; work may return a promise and fails by throwing a string or `{errMsg, …}`. */
export const api = (name, work) => (given) => {
  const options = given || {}
  const promise = new Promise((resolve, reject) => {
    Promise.resolve().then(() => work(options)).then(
      (result) => resolve(finish(options, name, null, result)),
      (error) => reject(finish(options, name, error)),
    )
  })
  if (!options.success && !options.fail && !options.complete) return promise
  promise.catch(() => {}) // the callback has been told
  return undefined
}
