// @supabase/postgrest-js: what is changed, and what functions answer. SPDX-License-Identifier: ISC
import { PostgrestClient } from '@supabase/postgrest-js'
import { assert, changing, manager, member, ok, own, OWN, refused, rows, test, watched } from './lib.mjs'

const js = (name, body) => changing(`postgrest-js: ${name}`, body)
const read = (name, body) => test(`postgrest-js: ${name}`, body)
const people = (id) => rows(own.from('people').select('id, name, mood').eq('id', id))

// insert

js('insert', async () => {
  const { data, status, statusText } = await ok(own.from('places').insert({ code: 'G', name: 'Graz' }), 201)
  assert.deepEqual([data, statusText], [null, 'Created'])
  assert.deepEqual(await rows(own.from('places').select().eq('code', 'G')), [{ code: 'G', name: 'Graz' }], status)
})

js('insert and select', async () => {
  const { data } = await ok(own.from('people').insert({ name: 'New', boss_id: 1 }).select('id, name, mood, boss(name), people!boss_id(name)'), 201)
  assert.deepEqual(data, [{ id: 101, name: 'New', mood: 'calm', boss: { name: 'Ada' }, people: { name: 'Ada' } }])
})

js('insert every type', async () => {
  const row = {
    name: 'All', mood: 'glum', mail: 'a@b', tags: ['x', 'with "quotes"', 'com,ma', '{}'], labels: ['l'], seats: '[1,3)',
    away: '["2025-01-01 00:00:00","2025-01-02 00:00:00")', scores: [-1, 0], home: { street: 'S', city: null, floor: 3 },
    born: '2000-01-01', profile: { deep: [{ x: null }] }, about: 'dogs',
  }
  const { data } = await ok(own.from('people').insert(row).select().single(), 201)
  assert.deepEqual(data, { ...row, id: 101, boss_id: null, words: "'dog':1" })
})

js('insert several, with other keys each', async () => {
  const { data } = await ok(own.from('people').insert([{ name: 'One', mood: 'glum' }, { name: 'Two', born: '2000-01-01' }])
    .select('name, mood, born'), 201)
  assert.deepEqual(data, [{ name: 'One', mood: 'glum', born: null }, { name: 'Two', mood: null, born: '2000-01-01' }])
})

js('insert with defaults for what is missing', async () => {
  const { data } = await ok(own.from('people').insert([{ name: 'One', mood: 'glum' }, { name: 'Two' }], { defaultToNull: false })
    .select('name, mood'), 201)
  assert.deepEqual(data, [{ name: 'One', mood: 'glum' }, { name: 'Two', mood: 'calm' }])
  const keyed = await ok(own.from('people').insert([{ id: 500, name: 'Three' }, { name: 'Four' }], { defaultToNull: false }).select('id'), 201)
  assert.equal(keyed.data[0].id, 500)
  assert.ok(keyed.data[1].id > 102 && keyed.data[1].id < 500, 'an identity column counts on')
})

js('insert thousands', async () => {
  const records = Array.from({ length: 5000 }, (_, i) => ({ person_id: i, lang: 'xx', body: `number "${i}", ä`, stars: i % 2 ? null : i }))
  const { data, count } = await ok(own.from('notes').insert(records, { count: 'exact' }).select('person_id, body, stars').rollback(), 201)
  assert.equal(count, 5000)
  assert.deepEqual(data, records.map(({ lang, ...rest }) => rest))
})

js('insert and update with lines', async () => {
  const trips = 'name, people_skills(skill_id, level), trips(id, km)'
  const { data } = await ok(own.from('people').insert({ name: 'New', trips: [{ km: 3 }, { km: 4.5 }], people_skills: [{ skill_id: 1, level: 2 }] })
    .select(trips).single(), 201)
  assert.deepEqual(data.trips.map((trip) => trip.km), [3, 4.5])
  assert.deepEqual(data.people_skills, [{ skill_id: 1, level: 2 }])
  const change = { name: 'Newer', trips: [{ id: data.trips[0].id, km: 7 }, { km: 9 }], people_skills: [{ skill_id: 1, level: 3 }, { skill_id: 2, level: 1 }] }
  const changed = await ok(own.from('people').update(change).eq('id', 101).select(trips).order('id', { referencedTable: 'trips' }).single())
  assert.deepEqual(changed.data.trips.map((trip) => trip.km), [7, 4.5, 9])
  assert.deepEqual(changed.data.people_skills.map((skill) => skill.level), [3, 1])
  const { error } = await own.from('people').insert({ name: 'Bad', trips: [{ km: 3 }, { km: -4 }] })
  assert.deepEqual([error.code, error.relation], ['23514', 'trips'])
  assert.deepEqual(await rows(own.from('people').select('id').eq('name', 'Bad')), [])
})

js('changes at once do not lose each other', async () => {
  const all = Array.from({ length: 60 }, (_, i) => i)
  await Promise.all(all.map((i) => ok(own.from('notes').insert({ person_id: 1000 + i, lang: 'x' }), 201)))
  const { count } = await ok(own.from('notes').delete({ count: 'exact' }).gte('person_id', 1000))
  assert.equal(count, 60)
})

js('insert nothing', async () => {
  assert.deepEqual((await ok(own.from('places').insert([]).select(), 201)).data, [])
})

js('insert with a count', async () => {
  const { count } = await ok(own.from('places').insert([{ code: 'a', name: 'A' }, { code: 'b', name: 'B' }], { count: 'exact' }), 201)
  assert.equal(count, 2)
})

js('insert odd names', async () => {
  const row = { 'the id': 9, 'a b': '1', 'comma,dot.x': '2', select: '4', order: 5, '日本': '6', 'dash-ed': '7' }
  await ok(own.from('Odd Täble').insert(row), 201)
  await ok(own.from('Odd Täble').insert([{ ...row, 'the id': 10 }]), 201)
  const { data } = await ok(own.from('Odd Täble').select().gte('"the id"', 9).order('"the id"'))
  assert.deepEqual(data, [{ ...row, 'q"uote': null }, { ...row, 'the id': 10, 'q"uote': null }])
})

js('insert without a key', async () => {
  assert.deepEqual((await ok(own.from('keyless').insert({ a: 9 }).select(), 201)).data, [{ a: 9, b: null }])
})

js('insert into a view', async () => {
  assert.deepEqual((await ok(own.from('merry_people').insert({ name: 'V' }).select('name'), 201)).data, [{ name: 'V' }])
})

js('insert into generated columns', async () => {
  await refused(own.from('trips').insert({ person_id: 1, km: 1, cost: 9 }), 400, '428C9')
  await refused(own.from('trips').insert({ id: 1, person_id: 1, km: 1 }), 400, '428C9')
  const { data } = await ok(own.from('trips').insert({ person_id: 1, km: 10 }).select('cost').single(), 201)
  assert.deepEqual(data, { cost: 5 })
})

js('insert into another schema', async () => {
  await ok(own.schema('personal').from('people').insert({ id: 2, name: 'P' }), 201)
  assert.deepEqual(await rows(own.schema('personal').from('people').select('id').eq('name', 'P')), [{ id: 2 }])
})

js('insert that is refused', async () => {
  const twice = await refused(own.from('places').insert({ code: 'W', name: 'Other' }), 409, '23505')
  assert.deepEqual([twice.message, twice.details],
    ['duplicate key value violates unique constraint "places_pkey"', 'Key (code)=(W) already exists.'])
  await refused(own.from('trips').insert({ person_id: 999, km: 1 }), 409, '23503')
  await refused(own.from('trips').insert({ person_id: 1, km: -1 }), 400, '23514')
  await refused(own.from('people').insert({ name: null }), 400, '23502')
  await refused(own.from('people').insert({ name: 'X', mood: 'odd' }), 400, '22P02')
  await refused(own.from('people').insert({ name: 'X', mail: 'odd' }), 400, '23514')
  const column = await refused(own.from('people').insert({ nme: 'X' }), 400, 'PGRST204')
  assert.equal(column.message, "Could not find the 'nme' column of 'people' in the schema cache")
  await refused(own.from('people').insert([{ nme: 'X' }]), 400, 'PGRST204')
  await refused(own.from('passports').insert({ person_id: 3 }), 401, '42501')
  assert.deepEqual(await people(101), [])
})

// upsert

js('upsert merges', async () => {
  const { data } = await ok(own.from('places').upsert({ code: 'W', name: 'Vienna' }).select(), 200)
  assert.deepEqual(data, [{ code: 'W', name: 'Vienna' }])
  const mixed = await ok(own.from('places').upsert([{ code: 'W', name: 'Wien' }, { code: 'N', name: 'New' }]).select(), 201)
  assert.deepEqual(mixed.data, [{ code: 'W', name: 'Wien' }, { code: 'N', name: 'New' }])
})

js('upsert on other columns', async () => {
  await ok(own.from('people').upsert({ mail: 'ada@x.org', name: 'Ada L.' }, { onConflict: 'mail' }))
  assert.equal((await people(1))[0].name, 'Ada L.')
  await ok(own.from('notes').upsert({ person_id: 1, lang: 'de', body: 'servus' }, { onConflict: 'person_id,lang' }))
  assert.deepEqual(await rows(own.from('notes').select('body, stars').match({ person_id: 1, lang: 'de' })), [{ body: 'servus', stars: 5 }])
  await refused(own.from('people').upsert({ name: 'X' }, { onConflict: 'name' }), 400, '42P10')
})

js('upsert that ignores duplicates', async () => {
  const { data } = await ok(own.from('places').upsert([{ code: 'W', name: 'Other' }, { code: 'N', name: 'New' }], { ignoreDuplicates: true }).select(), 201)
  assert.deepEqual(data, [{ code: 'N', name: 'New' }])
  assert.deepEqual(await rows(own.from('places').select('name').eq('code', 'W')), [{ name: 'Wien' }])
})

js('upsert with defaults for what is missing', async () => {
  await ok(own.from('notes').upsert([{ person_id: 1, lang: 'de', body: 'x' }, { person_id: 5, lang: 'fr', stars: 1 }], { defaultToNull: false }))
  assert.deepEqual(await rows(own.from('notes').select('body, stars').eq('person_id', 1).eq('lang', 'de')), [{ body: 'x', stars: 3 }])
})

// update and delete

js('update', async () => {
  const { data, statusText } = await ok(own.from('people').update({ mood: 'glum' }).eq('id', 1), 204)
  assert.deepEqual([data, statusText], [null, 'No Content'])
  const shown = await ok(own.from('people').update({ tags: ['new'], profile: { age: 1 } }).in('id', [1, 2]).select('id, mood, tags, profile').order('id'), 200)
  assert.deepEqual(shown.data, [{ id: 1, mood: 'glum', tags: ['new'], profile: { age: 1 } }, { id: 2, mood: 'calm', tags: ['new'], profile: { age: 1 } }])
})

js('update of nothing', async () => {
  assert.deepEqual((await ok(own.from('people').update({ mood: 'glum' }).eq('id', 0).select(), 200)).data, [])
  await ok(own.from('people').update({ mood: 'glum' }).eq('id', 0), 204)
  await ok(own.from('people').update({}).eq('id', 1), 204)
  await refused(own.from('people').update({ mood: 'glum' }).eq('id', 0).select().single(), 406, 'PGRST116')
  assert.equal((await ok(own.from('people').update({ mood: 'glum' }).eq('id', 0).select().maybeSingle())).data, null)
})

js('update by or, null and json', async () => {
  await ok(own.from('people').update({ mood: 'merry' }).or('id.eq.2,mood.is.null'))
  assert.deepEqual(await rows(own.from('people').select('id').eq('mood', 'merry').order('id'), 'id'), [1, 2, 4])
  const { count } = await ok(own.from('people').update({ mood: null }, { count: 'exact' }).eq('profile->>age', '24'))
  assert.equal(count, 1)
})

js('single takes back what is too much', async () => {
  await refused(own.from('people').update({ mood: 'glum' }).lte('id', 2).select().single(), 406, 'PGRST116')
  assert.equal((await people(1))[0].mood, 'merry')
  assert.deepEqual((await ok(own.from('people').update({ mood: 'glum' }).eq('id', 1).select('mood').single())).data, { mood: 'glum' })
})

js('delete', async () => {
  await ok(own.from('people').delete().eq('id', 4), 204)
  assert.deepEqual(await people(4), [])
  const { data, count } = await ok(own.from('people').delete({ count: 'exact' }).eq('id', 2).select('id, name, trips(id)'), 200)
  assert.deepEqual([data.map((row) => row.name), count], [['Bo'], 1])
  assert.deepEqual((await ok(own.from('people').delete().eq('id', 2).select(), 200)).data, [])
  await refused(own.from('skills').delete().eq('id', 1), 409, '23503')
})

js('rollback', async () => {
  const { data } = await ok(own.from('people').insert({ name: 'Gone' }).select('name').rollback(), 201)
  assert.deepEqual(data, [{ name: 'Gone' }])
  await ok(own.from('people').delete().eq('id', 3).rollback(), 204)
  await ok(own.from('people').update({ mood: 'glum' }).eq('id', 1).rollback())
  assert.deepEqual(await rows(own.from('people').select('id').or('name.eq.Gone,and(id.eq.1,mood.eq.merry),id.eq.3').order('id')), [{ id: 1 }, { id: 3 }])
})

js('maxAffected', async () => {
  const error = await refused(own.from('people').update({ mood: 'glum' }).gte('id', 1).maxAffected(2), 400, 'PGRST124')
  assert.equal(error.details, 'The query affects 4 rows')
  await refused(own.from('people').delete().gte('id', 1).maxAffected(1), 400, 'PGRST124')
  assert.equal((await people(1))[0].mood, 'merry')
  await ok(own.from('people').update({ mood: 'glum' }).lte('id', 2).maxAffected(2), 204)
  await refused(own.rpc('cheer', { from_id: 1 }).maxAffected(1), 400, 'PGRST124')
  await refused(own.rpc('add', { a: 1 }).maxAffected(1), 400, 'PGRST128')
})

js('what is said of a change', async () => {
  const log = []
  const client = new PostgrestClient(OWN, { fetch: watched(log) })
  await ok(client.from('people').insert({ name: 'New' }, { count: 'exact' }).select('id'))
  assert.equal(log[0].answer.headers.get('Content-Range'), '*/1')
  assert.equal(log[0].answer.headers.get('Preference-Applied'), 'return=representation, count=exact')
  await ok(client.from('people').update({ mood: 'glum' }).lte('id', 2))
  assert.equal(log[1].answer.headers.get('Content-Range'), '0-1/*')
  await ok(client.from('notes').delete({ count: 'exact' }).eq('person_id', 1))
  assert.equal(log[2].answer.headers.get('Content-Range'), '*/2')
})

js('stripNulls, csv and explain of a change', async () => {
  const { data } = await ok(own.from('people').insert({ name: 'N' }).select('id, name, born').stripNulls(), 201)
  assert.deepEqual(data, [{ id: 101, name: 'N' }])
  assert.equal((await ok(own.from('people').update({ mood: 'glum' }).eq('id', 1).select('id, mood').csv())).data, 'id,mood\n1,glum')
  assert.match((await ok(own.from('people').delete().eq('id', 3).explain({ analyze: true }))).data, /Delete on/)
})

// Functions

read('rpc: scalar', async () => {
  assert.equal((await ok(own.rpc('add', { a: 1, b: 2 }), 200)).data, 3)
  assert.equal((await ok(own.rpc('add', { a: 1 }))).data, 2)
  assert.equal((await ok(own.rpc('add', { a: 1, b: 2 }, { get: true }))).data, 3)
  assert.equal((await ok(own.rpc('sum_of', { numbers: [1, 2, 3] }))).data, 6)
  assert.equal((await ok(own.rpc('sum_of', { numbers: [1, 2, 3] }, { get: true }))).data, 6)
  assert.deepEqual((await ok(own.rpc('describe', { thing: { a: [1, null] } }))).data, { got: { a: [1, null] } })
})

read('rpc: void', async () => {
  const { data, status } = await ok(own.rpc('nothing'))
  assert.deepEqual([data, status], [null, 204])
})

read('rpc: a row, and none', async () => {
  assert.equal((await ok(own.rpc('person', { who: 1 }))).data.name, 'Ada')
  assert.deepEqual((await ok(own.rpc('person', { who: 1 }).select('name, trips(id)').order('id', { referencedTable: 'trips' }))).data,
    { name: 'Ada', trips: [{ id: 1 }, { id: 2 }] })
})

read('rpc: values', async () => {
  assert.deepEqual((await ok(own.rpc('names'))).data, ['Ada', 'Bo', 'Cy "the" O\'Neil, Jr.', 'Dé 100%'])
})

read('rpc: a table', async () => {
  assert.deepEqual((await ok(own.rpc('totals').order('what'))).data, [{ what: 'people', n: 4 }, { what: 'trips', n: 4 }])
  assert.deepEqual((await ok(own.rpc('totals', {}, { get: true }).eq('what', 'trips').select('n').single())).data, { n: 4 })
})

read('rpc: rows with filters, embeds, order, limit and counts', async () => {
  const { data, count } = await ok(own.rpc('grown_up', { since: '2005-01-01' }, { count: 'exact' })
    .select('name, trips(km)').gte('id', 1).order('born', { ascending: false }).order('km', { referencedTable: 'trips' }).limit(2))
  assert.deepEqual(data, [{ name: 'Bo', trips: [{ km: 900 }] }, { name: 'Ada', trips: [{ km: 180 }, { km: 650.5 }] }])
  assert.equal(count, 3)
  assert.deepEqual(await rows(own.rpc('grown_up', {}, { get: true }).select('id').in('id', [1, 4]).or('name.eq.Ada,id.eq.0'), 'id'), [1])
  assert.deepEqual(await rows(own.rpc('grown_up').select('id').order('id').range(1, 1), 'id'), [4])
  assert.equal((await ok(own.rpc('grown_up').select('name').eq('id', 0).maybeSingle())).data, null)
})

read('rpc: head', async () => {
  const answer = await ok(own.rpc('grown_up', {}, { head: true, count: 'exact' }))
  assert.deepEqual([answer.data, answer.count], [null, 2])
  const posted = await ok(own.rpc('describe', { thing: { a: 1 } }, { head: true }))
  assert.equal(posted.status, 200)
})

js('rpc: what changes rows', async () => {
  const { data } = await ok(own.rpc('cheer', { from_id: 3 }).select('id, mood').order('id'))
  assert.deepEqual(data, [{ id: 3, mood: 'merry' }, { id: 4, mood: 'merry' }])
  await refused(own.rpc('cheer', { from_id: 3 }, { get: true }), 405, '25006')
  await ok(own.rpc('cheer', { from_id: 2 }).rollback())
  assert.equal((await people(2))[0].mood, 'calm')
})

read('rpc: csv, explain', async () => {
  assert.equal((await ok(own.rpc('totals').order('what').csv())).data, 'what,n\npeople,4\ntrips,4')
  assert.match((await ok(own.rpc('totals').explain())).data, /\(cost=/)
})

read('rpc: what does not exist', async () => {
  const error = await refused(own.rpc('ad', { a: 1 }), 404, 'PGRST202')
  assert.match(error.message, /Could not find the function public.ad\(a\) in the schema cache/)
  await refused(own.rpc('add', { a: 1, c: 2 }), 404, 'PGRST202')
})

read('rpc: errors of functions', async () => {
  const error = await refused(own.rpc('refuse', { code: 'P0001', what: 'Nein' }), 400, 'P0001')
  assert.deepEqual([error.message, error.details, error.hint], ['Nein', 'the detail', 'the hint'])
  await refused(own.rpc('refuse', { code: 'PT402', what: 'Pay' }), 402, 'PT402')
  await refused(member.rpc('refuse', { code: '42501', what: 'no' }), 403, '42501')
  await refused(own.rpc('refuse', { code: '42501', what: 'no' }), 401, '42501')
})

// The demo ERP

read('ERP: a customer is made and changed, but never deleted', async () => {
  const row = { code: `JS-${Date.now()}`, company_name: 'First' }
  const { data: made } = await ok(manager.from('customers').insert(row).select('id, code').single(), 201)
  const changed = await ok(manager.from('customers').update({ company_name: 'Ltd & "Sons"' }).eq('id', made.id).select('company_name').single(), 200)
  assert.equal(changed.data.company_name, 'Ltd & "Sons"')
  await refused(manager.from('customers').insert(row), 409, '23505')
  await refused(manager.from('customers').delete().eq('id', made.id), 403, '42501')
})
