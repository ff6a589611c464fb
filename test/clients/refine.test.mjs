// @refinedev/supabase: every call of its dataProvider, with the client that it uses. SPDX-License-Identifier: ISC
import { createClient } from '@supabase/supabase-js'
import { dataProvider } from '@refinedev/supabase'
import { assert, changing, ERP, OWN, test } from './lib.mjs'

// Nothing here is live; but the client looks for a WebSocket, which older node does not have.
globalThis.WebSocket ??= class {}

// The client appends /rest/v1 to a project's address.
function provider(base, schema, token, asked = []) {
  const client = createClient('http://project.invalid', 'anything', {
    db: { schema },
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: {
      fetch: (url, init) => {
        const headers = new Headers(init.headers)
        asked.push({ url: new URL(url), headers })
        // The key of a project is its anonymous token; ours is none, and so is sent as `apikey` only.
        if (token) headers.set('Authorization', `Bearer ${token}`)
        else headers.delete('Authorization')
        return fetch(String(url).replace('http://project.invalid/rest/v1', base), { ...init, headers })
      },
    },
  })
  return dataProvider(client)
}

const asked = []
const own = provider(OWN, 'public', null, asked)
const erp = provider(ERP, 'erp', process.env.BOBBIN_TOKEN_MANAGER)
const read = (name, body) => test(`refine: ${name}`, body)
const change = (name, body) => changing(`refine: ${name}`, body)
const sorters = [{ field: 'id', order: 'asc' }]
const list = async (filters, more) => (await own.getList({ resource: 'people', filters, sorters, ...more })).data.map((row) => row.id)

read('getList', async () => {
  const { data, total } = await own.getList({ resource: 'people', pagination: { currentPage: 2, pageSize: 3 }, sorters })
  assert.deepEqual([data.map((row) => row.id), total], [[4], 4])
  const { headers, url } = asked.at(-1)
  assert.match(headers.get('Prefer'), /count=exact/)
  assert.ok(headers.get('apikey') && headers.get('x-client-info') && headers.get('accept-profile') === 'public')
  assert.deepEqual([url.searchParams.get('offset'), url.searchParams.get('limit')], ['3', '3'])
})

read('getList: pages of the client', async () => {
  const { data } = await own.getList({ resource: 'many', pagination: { mode: 'client' } })
  assert.equal(data.length, 1000)
})

read('getList: beyond the last page', async () => {
  await assert.rejects(own.getList({ resource: 'people', pagination: { currentPage: 9, pageSize: 10 } }), { code: 'PGRST103' })
})

read('getList: every count', async () => {
  for (const count of ['exact', 'planned', 'estimated'])
    assert.equal((await own.getList({ resource: 'many', pagination: { currentPage: 1, pageSize: 5 }, meta: { count } })).total, 1500, count)
})

const f = (operator, field, value) => [{ operator, field, value }]
const operators = [
  ['eq', f('eq', 'name', 'Ada'), [1]],
  ['ne', f('ne', 'id', 1), [2, 3, 4]],
  ['lt', f('lt', 'id', 2), [1]],
  ['lte', f('lte', 'id', 2), [1, 2]],
  ['gt', f('gt', 'id', 3), [4]],
  ['gte', f('gte', 'born', '1990-05-06'), [1, 2]],
  ['in', f('in', 'id', [1, 3]), [1, 3]],
  ['nin', f('nin', 'id', '(1,3)'), [2, 4]],
  ['ina', f('ina', 'tags', ['red', 'green']), [1]],
  ['nina', f('nina', 'tags', ['red']), [2, 3]],
  ['contains', f('contains', 'name', 'ADA'), [1]],
  ['containss', f('containss', 'name', 'da'), [1]],
  ['ncontains', f('ncontains', 'name', '%ad%'), [2, 3, 4]],
  ['ncontainss', f('ncontainss', 'name', '%da%'), [2, 3, 4]],
  ['startswith', f('startswith', 'name', 'a'), [1]],
  ['endswith', f('endswith', 'name', 'DA'), [1]],
  ['between', f('between', 'id', [2, 3]), [2, 3]],
  ['null', f('null', 'mood'), [4]],
  ['nnull', f('nnull', 'mood', null), [1, 2, 3]],
  ['several', [...f('gte', 'id', 2), ...f('lte', 'id', 3), ...f('contains', 'name', 'o')], [2, 3]],
  ['or', [{ operator: 'or', value: [...f('eq', 'id', 1), ...f('contains', 'name', 'bo')] }], [1, 2]],
  ['or: in', [{ operator: 'or', value: [...f('in', 'name', ['Ada', 'Bo']), ...f('eq', 'id', 4)] }], [1, 2, 4]],
  ['or: startswith', [{ operator: 'or', value: [...f('null', 'mood', null), ...f('eq', 'name', 'Ada')] }], [1, 4]],
  ['or: ina and nina', [{ operator: 'or', value: [...f('ina', 'tags', ['red']), ...f('nina', 'tags', ['blue', 'red'])] }], [1, 2, 3]],
  ['or: ne, gt, gte', [{ operator: 'or', value: [...f('gt', 'id', 3), ...f('lt', 'id', 2)] }], [1, 4]],
  ['json', f('eq', 'profile->>age', '24'), [2]],
]
for (const [name, filters, expected] of operators) {
  read(`getList: ${name}`, async () => assert.deepEqual(await list(filters), expected))
}

read('getList: embeds by meta.select, and filters on them', async () => {
  const { data } = await own.getList({
    resource: 'people', sorters, filters: f('gt', 'trips.km', 600), meta: { select: 'id, trips!inner(km, places!goal(name))' },
  })
  assert.deepEqual(data, [{ id: 1, trips: [{ km: 650.5, places: { name: 'Bonn' } }] }, { id: 2, trips: [{ km: 900, places: { name: 'Bonn' } }] }])
})

read('getList: sorters', async () => {
  const data = async (sort, meta) => (await own.getList({ resource: 'people', sorters: sort, meta })).data
  assert.deepEqual((await data([{ field: 'boss_id', order: 'desc' }, { field: 'id', order: 'desc' }])).map((row) => row.id), [1, 4, 3, 2])
  const [ada] = await data([{ field: 'trips.km', order: 'desc' }, { field: 'id', order: 'asc' }], { select: '*, trips(id, km)' })
  assert.deepEqual(ada.trips.map((row) => row.id), [2, 1])
  const [plain] = await data([{ field: 'trips.km', order: 'desc' }, { field: 'id', order: 'asc' }])
  assert.deepEqual(plain.trips, [{ km: 650.5 }, { km: 180 }])
})

read('getOne', async () => {
  assert.equal((await own.getOne({ resource: 'people', id: 1 })).data.name, 'Ada')
  assert.deepEqual((await own.getOne({ resource: 'people', id: 2, meta: { select: 'name, boss(name)' } })).data, { name: 'Bo', boss: { name: 'Ada' } })
  assert.equal((await own.getOne({ resource: 'places', id: 'W', meta: { idColumnName: 'code' } })).data.name, 'Wien')
  assert.equal((await own.getOne({ resource: 'people', id: 77 })).data, undefined)
})

read('getMany', async () => {
  assert.deepEqual((await own.getMany({ resource: 'people', ids: [1, 4] })).data.map((row) => row.name).sort(), ['Ada', 'Dé 100%'])
  const places = await own.getMany({ resource: 'places', ids: ['W', 'L'], meta: { idColumnName: 'code', select: 'name' } })
  assert.deepEqual(places.data.map((row) => row.name).sort(), ['Linz', 'Wien'])
})

change('create and createMany', async () => {
  assert.deepEqual((await own.create({ resource: 'people', variables: { name: 'One' }, meta: { select: 'name, mood' } })).data, { name: 'One', mood: 'calm' })
  const { data } = await own.createMany({ resource: 'places', variables: [{ code: 'a', name: 'A' }, { code: 'b', name: 'B' }] })
  assert.deepEqual(data, [{ code: 'a', name: 'A' }, { code: 'b', name: 'B' }])
  await assert.rejects(own.create({ resource: 'places', variables: { code: 'W', name: 'x' } }), { code: '23505', statusCode: 23505 })
})

change('update and updateMany', async () => {
  assert.equal((await own.update({ resource: 'people', id: 1, variables: { mood: 'glum' } })).data.mood, 'glum')
  assert.deepEqual((await own.update({ resource: 'places', id: 'W', variables: { name: 'Vienna' }, meta: { idColumnName: 'code', select: 'name' } })).data, { name: 'Vienna' })
  const { data } = await own.updateMany({ resource: 'people', ids: [2, 3], variables: { mood: 'merry' } })
  assert.deepEqual(data.map((row) => row.mood), ['merry', 'merry'])
})

change('deleteOne and deleteMany', async () => {
  await own.deleteOne({ resource: 'people', id: 4 })
  await own.deleteMany({ resource: 'people', ids: [2, 3] })
  assert.deepEqual(await list([]), [1])
  await own.deleteOne({ resource: 'places', id: 'L', meta: { idColumnName: 'code' } }).catch((error) => assert.equal(error.code, '23503'))
})

change('meta.schema', async () => {
  const meta = { schema: 'personal' }
  assert.deepEqual((await own.getList({ resource: 'people', meta })).data, [{ id: 1, name: 'Private Ada' }])
  assert.equal((await own.create({ resource: 'people', variables: { id: 2, name: 'P' }, meta })).data.id, 2)
  assert.equal((await own.getOne({ resource: 'people', id: 2, meta })).data.name, 'P')
})

read('mistakes', async () => {
  await assert.rejects(own.getList({ resource: 'nothing' }), { code: 'PGRST205' })
  await assert.rejects(list(f('eq', 'nothing', 1)), { code: '42703' })
})

read('ERP: a list as the documentation shows it', async () => {
  const { data, total } = await erp.getList({
    resource: 'products', pagination: { currentPage: 2, pageSize: 5 }, sorters: [{ field: 'id', order: 'desc' }],
    filters: [...f('contains', 'name', 'a'), ...f('between', 'sale_price', [0, 100000])], meta: { select: '*, product_categories(*)' },
  })
  assert.ok(data.length === 5 && total > 5 && data.every((row) => row.product_categories?.id))
})

read('ERP: a customer is made and changed, but never deleted', async () => {
  const { data: made } = await erp.create({ resource: 'customers', variables: { code: `REFINE-${Date.now()}`, company_name: 'R' } })
  const { data } = await erp.update({ resource: 'customers', id: made.id, variables: { notes: 'x' } })
  assert.equal(data.notes, 'x')
  await assert.rejects(erp.deleteOne({ resource: 'customers', id: made.id }), { code: '42501' })
})
