// ra-data-postgrest, the data provider of react-admin: every method, every operator. SPDX-License-Identifier: ISC
import ra from '@raphiniert/ra-data-postgrest'
import { assert, changing, ERP, OWN, test } from './lib.mjs'

const NULLS_LAST = 'asc,desc.nullslast'

/** What react-admin's fetchUtils.fetchJson does: JSON in the answer, and an error of a status beyond 2xx. */
async function fetchJson(url, options = {}) {
  const headers = options.headers ?? new Headers({ Accept: 'application/json' })
  if (options.body && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json')
  const answer = await fetch(url, { ...options, headers })
  const body = await answer.text()
  fetchJson.last = { url, headers, answer }
  let json
  try {
    json = JSON.parse(body)
  } catch { /* an empty body */ }
  if (!answer.ok) throw Object.assign(new Error(json?.message ?? answer.statusText), { status: answer.status, body: json })
  return { status: answer.status, headers: answer.headers, body, json }
}

const authorized = (token) => (url, options) => {
  options.headers.set('Authorization', `Bearer ${token}`)
  return fetchJson(url, options)
}

function provider(apiUrl, httpClient, more = {}) {
  const keys = { places: ['code'], notes: ['person_id', 'lang'], people_skills: ['person_id', 'skill_id'] }
  return (ra.default ?? ra)({
    apiUrl, httpClient, defaultListOp: 'eq', primaryKeys: new Map(Object.entries(keys)), schema: () => '', sortOrder: NULLS_LAST, ...more,
  })
}

const own = provider(OWN, fetchJson)
const erp = provider(ERP, authorized(process.env.BOBBIN_TOKEN_MANAGER))
const read = (name, body) => test(`ra-data-postgrest: ${name}`, body)
const change = (name, body) => changing(`ra-data-postgrest: ${name}`, body)

const page = (filter = {}, more = {}) => ({ pagination: { page: 1, perPage: 10 }, sort: { field: 'id', order: 'ASC' }, filter, ...more })
const people = async (filter, more) => (await own.getList('people', page(filter, more))).data.map((row) => row.id)

read('getList', async () => {
  const { data, total } = await own.getList('people', { pagination: { page: 2, perPage: 3 }, sort: { field: 'id', order: 'ASC' }, filter: {} })
  assert.deepEqual([data.map((row) => row.id), total], [[4], 4])
  const empty = await own.getList('people', page({ name: 'nobody' }))
  assert.deepEqual(empty, { data: [], total: 0, meta: undefined })
})

read('getList with every order', async () => {
  const order = async (sort, meta) => people({}, { sort, meta })
  assert.deepEqual(await order({ field: 'born', order: 'ASC' }), [4, 1, 2, 3])
  assert.deepEqual(await order({ field: 'born', order: 'DESC' }), [2, 1, 4, 3])
  assert.deepEqual(await order({ field: 'born', order: 'ASC' }, { nullsfirst: true }), [3, 4, 1, 2])
  assert.deepEqual(await order({ field: 'born', order: 'DESC' }, { nullslast: false }), [3, 2, 1, 4])
})

const operators = [
  ['the default operator', { name: 'Ada' }, [1]],
  ['eq', { 'name@eq': 'Dé 100%' }, [4]],
  ['neq', { 'id@neq': 1 }, [2, 3, 4]],
  ['gt', { 'id@gt': 3 }, [4]],
  ['gte', { 'born@gte': '1990-05-06' }, [1, 2]],
  ['lt', { 'id@lt': 2 }, [1]],
  ['lte', { 'id@lte': 2 }, [1, 2]],
  ['like', { 'name@like': 'da' }, [1]],
  ['ilike', { 'name@ilike': 'ADA' }, [1]],
  ['ilike with two words', { 'about@ilike': 'cat mat' }, [1]],
  ['ilike with three words', { 'about@ilike': 'cat the mat' }, [1]],
  ['match', { 'name@match': '^A' }, [1]],
  ['imatch', { 'name@imatch': '^a' }, [1]],
  ['in', { 'id@in': '(1,3)' }, [1, 3]],
  ['is', { 'mood@is': 'null' }, [4]],
  ['fts', { 'words@fts': 'cat' }, [1, 4]],
  ['plfts', { 'words@plfts': 'cats sat' }, [1, 4]],
  ['phfts', { 'words@phfts': 'cat sat' }, [1, 4]],
  ['wfts', { 'words@wfts': 'cat -fat' }, [4]],
  ['cs', { 'tags@cs': '{red}' }, [1]],
  ['cd', { 'scores@cd': '{1,2,3}' }, [1, 4]],
  ['ov', { 'tags@ov': '{red,blue}' }, [1, 2]],
  ['sl', { 'seats@sl': '[9,11)' }, [1, 2]],
  ['sr', { 'seats@sr': '[0,5)' }, [2, 3]],
  ['nxr', { 'seats@nxr': '[2,9)' }, [1, 2]],
  ['nxl', { 'seats@nxl': '[5,6)' }, [2, 3]],
  ['adj', { 'seats@adj': '[9,10)' }, [2, 3]],
  ['not', { 'mood@not': 'is.null' }, [1, 2, 3]],
  ['or', { '@or': { 'name@ilike': 'ada', 'mood@eq': 'calm' } }, [1, 2]],
  ['and', { '@and': { 'id@gte': 2, 'mood@eq': 'calm' } }, [2]],
  ['several columns', { 'id@gte': 1, 'mood@eq': 'merry' }, [1]],
  ['one column twice', { 'id@gte': 2, 'id@lte': 3 }, [2, 3]],
  ['a range of dates', { 'born@gte': '1990-01-01', 'born@lte': '1999-12-31' }, [1]],
  ['one column three times', { 'id@gte': 1, 'id@lte': 3, 'id@neq': 2 }, [1, 3]],
  ['json', { 'profile->>age': '24' }, [2]],
  ['json below', { 'profile->pet->>kind@eq': 'cat' }, [1]],
  ['the operator in the value', { 'id@': 'gte.3' }, [3, 4]],
]
for (const [name, filter, expected] of operators) {
  read(`getList: ${name}`, async () => assert.deepEqual(await people(filter), expected))
}

read('getList: two filters on one column are numbered by the client', async () => {
  await people({ 'born@gte': '1990-01-01', 'born@lte': '1999-12-31' })
  assert.match(fetchJson.last.url, /born%5B0%5D=gte\.1990-01-01&born%5B1%5D=lte\.1999-12-31/)
})

read('getList: embeds, columns and prefetch', async () => {
  const { data } = await own.getList('people', page({ id: 1 }, { meta: { embed: ['trips', 'skills'] } }))
  assert.deepEqual([data[0].name, data[0].trips.length, data[0].skills.length], ['Ada', 2, 2])
  assert.deepEqual((await own.getList('people', page({ id: 1 }, { meta: { columns: ['id', 'n:name', 'boss(name)'] } }))).data,
    [{ id: 1, n: 'Ada', boss: null }])
  const fetched = await own.getList('trips', page({ id: 1 }, { meta: { prefetch: ['people'] } }))
  assert.deepEqual([fetched.meta.prefetched.people.map((row) => row.name), fetched.data[0].people], [['Ada'], undefined])
})

read('getList: filters on an embedded resource', async () => {
  const { data } = await own.getList('people', page({ 'trips.km@gt': 600 }, { meta: { columns: 'id,trips!inner(km)' } }))
  assert.deepEqual(data, [{ id: 1, trips: [{ km: 650.5 }] }, { id: 2, trips: [{ km: 900 }] }])
})

read('getList: two filters on a column of an embedded resource', async () => {
  const { data } = await own.getList('people', page({ 'trips.km@gte': 600, 'trips.km@lte': 700 }, { meta: { columns: 'id,trips!inner(km)' } }))
  assert.deepEqual(data, [{ id: 1, trips: [{ km: 650.5 }] }])
})

read('getList: functions', async () => {
  const { data, total } = await own.getList('rpc/grown_up', page({ 'since@': '2000-01-01', 'name@neq': 'Ada' }))
  assert.deepEqual([data.map((row) => row.id), total], [[4], 1])
})

read('getList: another key than id', async () => {
  const { data, total } = await own.getList('places', page())
  assert.deepEqual([data[0], total], [{ code: 'B', name: 'Bonn', id: 'B' }, 3])
})

read('getList: a compound key', async () => {
  const { data } = await own.getList('notes', page({}, { sort: { field: 'id', order: 'DESC' } }))
  assert.deepEqual(data.map((row) => row.id), ['[2,"en"]', '[1,"en"]', '[1,"de"]'])
})

read('getOne', async () => {
  assert.equal((await own.getOne('people', { id: 1 })).data.name, 'Ada')
  assert.equal((await own.getOne('places', { id: 'W' })).data.id, 'W')
  assert.equal((await own.getOne('notes', { id: '[1,"de"]' })).data.body, 'hallo')
  assert.equal((await own.getOne('people', { id: 2, meta: { embed: ['boss'] } })).data.boss.name, 'Ada')
  await assert.rejects(own.getOne('people', { id: 77 }), { status: 406, message: 'Cannot coerce the result to a single JSON object' })
})

read('getMany', async () => {
  assert.deepEqual((await own.getMany('people', { ids: [1, 3] })).data.map((row) => row.id).sort(), [1, 3])
  assert.deepEqual((await own.getMany('people', { ids: [2] })).data.map((row) => row.name), ['Bo'])
  assert.deepEqual((await own.getMany('people', { ids: [] })).data, [])
  const { data } = await own.getMany('notes', { ids: ['[1,"de"]', '[2,"en"]'] })
  assert.deepEqual(data.map((row) => row.body).sort(), ['hallo', 'hey'])
  assert.deepEqual((await own.getMany('places', { ids: ['W', 'L'] })).data.map((row) => row.id).sort(), ['L', 'W'])
})

read('getMany: a page of compound keys', async () => {
  const ids = Array.from({ length: 100 }, (_, i) => JSON.stringify([i + 1, 'en']))
  assert.deepEqual((await own.getMany('notes', { ids })).data.map((row) => row.id).sort(), ['[1,"en"]', '[2,"en"]'])
})

read('getManyReference', async () => {
  const params = { target: 'person_id', id: 1, pagination: { page: 1, perPage: 1 }, sort: { field: 'km', order: 'DESC' }, filter: {} }
  const { data, total } = await own.getManyReference('trips', params)
  assert.deepEqual([data.map((row) => row.id), total], [[2], 2])
  const more = await own.getManyReference('trips', { ...params, filter: { 'km@lt': 200 }, meta: { embed: ['people'] } })
  assert.deepEqual([more.data[0].people.name, more.total], ['Ada', 1])
  const compound = await own.getManyReference('notes', { ...params, pagination: { page: 1, perPage: 9 }, sort: { field: 'id', order: 'ASC' } })
  assert.deepEqual(compound.data.map((row) => row.id), ['[1,"de"]', '[1,"en"]'])
})

change('create', async () => {
  const { data } = await own.create('people', { data: { name: 'Neu', tags: ['x'], profile: { a: 1 } } })
  assert.deepEqual([data.id, data.name, data.mood, data.tags], [101, 'Neu', 'calm', ['x']])
  const note = await own.create('notes', { data: { person_id: 3, lang: 'fr', body: 'salut' } })
  assert.deepEqual([note.data.id, note.data.stars], ['[3,"fr"]', 3])
  const place = await own.create('places', { data: { code: 'G', name: 'Graz' }, meta: { columns: ['code'] } })
  assert.deepEqual(place.data, { code: 'G', id: 'G' })
  await assert.rejects(own.create('places', { data: { code: 'W', name: 'x' } }), { status: 409 })
})

change('update', async () => {
  const previousData = (await own.getOne('people', { id: 1 })).data
  const { data } = await own.update('people', { id: 1, data: { ...previousData, mood: 'glum' }, previousData })
  assert.deepEqual([data.mood, data.name], ['glum', 'Ada'])
  assert.equal(fetchJson.last.url, `${OWN}/people?id=eq.1`)
  const note = await own.update('notes', { id: '[1,"de"]', data: { body: 'servus' }, previousData: {} })
  assert.deepEqual([note.data.id, note.data.body], ['[1,"de"]', 'servus'])
  await assert.rejects(own.update('people', { id: 77, data: { mood: 'glum' }, previousData: {} }), { status: 406 })
})

change('updateMany', async () => {
  assert.deepEqual((await own.updateMany('people', { ids: [1, 2], data: { mood: 'glum' } })).data.sort(), [1, 2])
  assert.deepEqual((await own.updateMany('notes', { ids: ['[1,"de"]', '[1,"en"]'], data: { stars: 1 } })).data.sort(), ['[1,"de"]', '[1,"en"]'])
  assert.deepEqual(await people({ 'mood@eq': 'glum' }), [1, 2, 3])
})

change('delete', async () => {
  assert.equal((await own.delete('people', { id: 4 })).data.name, 'Dé 100%')
  assert.equal((await own.delete('notes', { id: '[1,"de"]' })).data.id, '[1,"de"]')
  await assert.rejects(own.delete('people', { id: 4 }), { status: 406 })
  await assert.rejects(own.delete('skills', { id: 1 }), { status: 409 })
})

change('deleteMany', async () => {
  assert.deepEqual((await own.deleteMany('people', { ids: [3, 4] })).data.sort(), [3, 4])
  assert.deepEqual((await own.deleteMany('notes', { ids: ['[1,"de"]', '[2,"en"]'] })).data.sort(), ['[1,"de"]', '[2,"en"]'])
  assert.deepEqual(await people(), [1, 2])
})

change('other schemas', async () => {
  const personal = provider(OWN, fetchJson, { schema: () => 'personal' })
  assert.equal((await personal.getOne('people', { id: 1 })).data.name, 'Private Ada')
  assert.equal((await personal.create('people', { data: { id: 5, name: 'P' } })).data.id, 5)
  assert.equal((await own.getOne('people', { id: 5, meta: { schema: 'personal' } })).data.name, 'P')
})

read('mistakes', async () => {
  await assert.rejects(own.getList('nothing', page()), { status: 404 })
  await assert.rejects(own.getList('people', page({ 'nothing@eq': 1 })), { status: 400 })
})

read('ERP: lists of products and orders', async () => {
  const products = await erp.getList('products', page({ 'name@ilike': 'a', 'sale_price@gte': 1, 'sale_price@lte': 100000 }))
  assert.ok(products.data.length > 0 && products.total >= products.data.length)
  const orders = await erp.getList('sales_orders', page({ 'order_date@gte': '2000-01-01', 'order_date@lte': '2099-12-31' },
    { sort: { field: 'order_date', order: 'DESC' }, meta: { embed: ['customers'] } }))
  assert.ok(orders.data.every((row) => row.customers.code))
  const items = await erp.getManyReference('sales_order_items',
    { target: 'sales_order_id', id: orders.data[0].id, pagination: { page: 1, perPage: 5 }, sort: { field: 'id', order: 'ASC' }, filter: {} })
  assert.ok(items.total >= items.data.length && items.data.every((row) => row.sales_order_id === orders.data[0].id))
})

read('ERP: a customer is made and changed, but never deleted', async () => {
  const { data: made } = await erp.create('customers', { data: { code: `RA-${Date.now()}`, company_name: 'RA & Co' } })
  const { data: changed } = await erp.update('customers', { id: made.id, data: { notes: 'x' }, previousData: made })
  assert.equal(changed.notes, 'x')
  await assert.rejects(erp.delete('customers', { id: made.id }), { status: 403 })
})
