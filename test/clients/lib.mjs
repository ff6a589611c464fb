// What the clients' tests share. The addresses and tokens come from ./run. SPDX-License-Identifier: ISC
import assert from 'node:assert/strict'
import test from 'node:test'
import { PostgrestClient } from '@supabase/postgrest-js'

export { assert, test }
export const OWN = process.env.BOBBIN_OWN_URL
export const ERP = process.env.BOBBIN_ERP_URL
export const MANAGER = { Authorization: `Bearer ${process.env.BOBBIN_TOKEN_MANAGER}` }
export const MEMBER = { Authorization: `Bearer ${process.env.BOBBIN_TOKEN_MEMBER}` }

export const own = new PostgrestClient(OWN)
export const member = new PostgrestClient(OWN, { headers: MEMBER })
export const erp = new PostgrestClient(ERP)
export const manager = new PostgrestClient(ERP, { headers: MANAGER })

/** The answer of a builder that must have none of an error. */
export async function ok(builder, status) {
  const answer = await builder
  assert.equal(answer.error, null, JSON.stringify(answer.error))
  if (status) assert.equal(answer.status, status)
  return answer
}

/** The rows of a builder; with a key, that column of them. */
export async function rows(builder, key) {
  const { data } = await ok(builder)
  return key ? data.map((row) => row[key]) : data
}

/** The error of a builder that must have one. */
export async function refused(builder, status, code) {
  const answer = await builder
  assert.notEqual(answer.error, null, `an answer instead of an error: ${JSON.stringify(answer.data)}`)
  assert.equal(answer.status, status, JSON.stringify(answer.error))
  if (code) assert.equal(answer.error.code, code, JSON.stringify(answer.error))
  return answer.error
}

export const reset = () => ok(own.rpc('reset'))

/** A fetch that notes what was asked and answered. */
export function watched(log, inner = fetch) {
  return async (url, init) => {
    const answer = await inner(url, init)
    log.push({ url: String(url), method: init.method, headers: init.headers, answer })
    return answer
  }
}

/** A test that leaves the rows of the schema as they were. */
export function changing(name, body) {
  test(name, async (t) => {
    await reset()
    try {
      await body(t)
    } finally {
      await reset()
    }
  })
}
