// @supabase/postgrest-js: what is read. SPDX-License-Identifier: ISC
import { PostgrestClient } from '@supabase/postgrest-js'
import { assert, ERP, erp, MANAGER, manager, member, ok, own, OWN, refused, rows, test, watched } from './lib.mjs'

const js = (name, body) => test(`postgrest-js: ${name}`, body)
const people = (columns = 'id') => own.from('people').select(columns).order('id')
const ids = (builder) => rows(builder, 'id')

// Selects

js('select *', async () => {
  const { data, status, statusText, count } = await ok(own.from('places').select().order('code'))
  assert.deepEqual(data, [{ code: 'B', name: 'Bonn' }, { code: 'L', name: 'Linz' }, { code: 'W', name: 'Wien' }])
  assert.deepEqual([status, statusText, count], [200, 'OK', null])
})

js('select columns, aliases and casts', async () => {
  const [row] = await rows(people('who:name, born::text, number:id::text').eq('id', 1))
  assert.deepEqual(row, { who: 'Ada', born: '1990-05-06', number: '1' })
})

js('select every type', async () => {
  const [row] = await rows(own.from('people').select('*').eq('id', 1))
  assert.deepEqual(row, {
    id: 1, name: 'Ada', mood: 'merry', mail: 'ada@x.org', boss_id: null, tags: ['red', 'green'], labels: ['a', 'b'],
    seats: '[1,5)', away: '["2025-01-01 09:00:00","2025-01-03 17:00:00")', scores: [1, 2, 3],
    home: { street: 'Main St 1', city: 'Wien', floor: 2 }, born: '1990-05-06',
    profile: { age: 35, pet: { kind: 'cat' }, lang: ['de', 'en'] }, about: 'The fat cat sat on the mat',
    words: "'cat':3 'fat':2 'mat':7 'sat':4",
  })
})

js('select json paths', async () => {
  const [row] = await rows(people('profile->>age, kind:profile->pet->>kind, profile->lang->0, last:profile->lang->>-1').eq('id', 1))
  assert.deepEqual(row, { age: '35', kind: 'cat', lang: 'de', last: 'en' })
})

js('select inside composites and arrays', async () => {
  const [row] = await rows(people('home->>city, floor:home->floor, tag:tags->>0').eq('id', 1))
  assert.deepEqual(row, { city: 'Wien', floor: 2, tag: 'red' })
})

js('select computed fields', async () => {
  assert.deepEqual(await rows(people('name, initials').eq('id', 1)), [{ name: 'Ada', initials: 'A.' }])
  assert.deepEqual(await ids(people().eq('initials', 'B.')), [2])
})

js('select aggregates', async () => {
  const [all] = await rows(own.from('trips').select('km.sum(), longest:km.max(), count()'))
  assert.deepEqual(all, { sum: 1731.5, longest: 900, count: 4 })
  const groups = await rows(own.from('trips').select('person_id, km.sum()').order('person_id'))
  assert.deepEqual(groups, [{ person_id: 1, sum: 830.5 }, { person_id: 2, sum: 900 }, { person_id: 4, sum: 1 }])
})

js('odd names', async () => {
  const odd = () => own.from('Odd Täble')
  const [row] = await rows(odd().select('*').eq('"the id"', 1))
  assert.deepEqual(row, {
    'the id': 1, 'a b': 'x y', 'comma,dot.x': 'c,d', 'q"uote': 'he said "no"', select: 'sel', order: 2, '日本': 'こんにちは',
    'dash-ed': 'd-1',
  })
  const columns = '"the id", "a b", "comma,dot.x", "q\\"uote", select, order, 日本, "dash-ed"'
  assert.deepEqual(await rows(odd().select(columns).eq('a b', 'x y')), [row])
  assert.deepEqual(await rows(odd().select('id:"the id"').eq('"comma,dot.x"', 'c,d'), 'id'), [1])
  assert.deepEqual(await rows(odd().select('id:"the id"').eq('日本', 'こんにちは'), 'id'), [1])
  assert.deepEqual(await rows(odd().select('id:"the id"').eq('dash-ed', 'd-1'), 'id'), [1])
  assert.deepEqual(await rows(odd().select('id:"the id"').order('order'), 'id'), [2, 1])
  assert.deepEqual(await rows(odd().select('id:"the id"').or('"a b".eq."x y","q\\"uote".eq."(a)"').order('"the id"'), 'id'), [1, 2])
})

js('views', async () => {
  assert.deepEqual(await rows(own.from('merry_people').select('*')), [{ id: 1, name: 'Ada', boss_id: null, born: '1990-05-06' }])
  assert.deepEqual(await rows(own.from('trip_lines').select('from_code, people(name)').eq('id', 1)),
    [{ from_code: 'W', people: { name: 'Ada' } }])
})

js('a table without a key', async () => {
  assert.deepEqual(await rows(own.from('keyless').select().order('a')), [{ a: 1, b: 'one' }, { a: 2, b: null }])
})

// Filters

const filters = [
  ['eq', (q) => q.eq('name', 'Ada'), [1]],
  ['eq with reserved characters', (q) => q.eq('name', 'Cy "the" O\'Neil, Jr.'), [3]],
  ['eq with unicode and percent', (q) => q.eq('name', 'Dé 100%'), [4]],
  ['eq on an enum', (q) => q.eq('mood', 'calm'), [2]],
  ['eq on a domain', (q) => q.eq('mail', 'ada@x.org'), [1]],
  ['eq on json as text', (q) => q.eq('profile->>age', '24'), [2]],
  ['eq on json as json', (q) => q.eq('profile->pet', '{"kind":"cat"}'), [1]],
  ['eq on a composite', (q) => q.eq('home->>city', 'Wien'), [1]],
  ['neq', (q) => q.neq('name', 'Ada'), [2, 3, 4]],
  ['gt', (q) => q.gt('id', 2), [3, 4]],
  ['gte', (q) => q.gte('born', '1990-05-06'), [1, 2]],
  ['lt', (q) => q.lt('born', '1990-05-06'), [4]],
  ['lte', (q) => q.lte('id', 1), [1]],
  ['like', (q) => q.like('name', '%d%'), [1]],
  ['like with stars', (q) => q.like('name', 'B*'), [2]],
  ['likeAllOf', (q) => q.likeAllOf('name', ['%A%', '%a%']), [1]],
  ['likeAnyOf', (q) => q.likeAnyOf('name', ['A%', 'B%']), [1, 2]],
  ['ilike', (q) => q.ilike('name', 'a%'), [1]],
  ['ilikeAllOf', (q) => q.ilikeAllOf('name', ['%D%', '%a%']), [1]],
  ['ilikeAnyOf', (q) => q.ilikeAnyOf('name', ['ad%', 'BO']), [1, 2]],
  ['regexMatch', (q) => q.regexMatch('name', '^(Ad|B)'), [1, 2]],
  ['regexIMatch', (q) => q.regexIMatch('name', '^(ad|b)'), [1, 2]],
  ['is null', (q) => q.is('mood', null), [4]],
  ['is on an embedded value', (q) => q.is('profile->>age', null), [3, 4]],
  ['isDistinct', (q) => q.isDistinct('mood', 'calm'), [1, 3, 4]],
  ['in', (q) => q.in('id', [1, 3]), [1, 3]],
  ['in with reserved characters', (q) => q.in('name', ['Cy "the" O\'Neil, Jr.', 'Dé 100%', 'no']), [4], 'quotes are not escaped by the client'],
  ['in of nothing', (q) => q.in('id', []), []],
  ['notIn', (q) => q.notIn('id', [1, 3]), [2, 4]],
  ['contains an array', (q) => q.contains('tags', ['red']), [1]],
  ['contains quoted elements', (q) => q.contains('tags', ['"com,ma"']), [3]],
  ['contains json', (q) => q.contains('profile', { pet: { kind: 'cat' } }), [1]],
  ['contains in a range', (q) => q.contains('seats', '[2,3)'), [1]],
  ['containedBy an array', (q) => q.containedBy('scores', [1, 2, 3, 4]), [1, 2, 4]],
  ['containedBy json', (q) => q.containedBy('profile', { age: 24, more: 1 }), [2]],
  ['containedBy a range', (q) => q.containedBy('seats', '[0,10)'), [1, 2]],
  ['rangeGt', (q) => q.rangeGt('seats', '[0,5)'), [2, 3]],
  ['rangeGte', (q) => q.rangeGte('seats', '[5,6)'), [2, 3]],
  ['rangeLt', (q) => q.rangeLt('seats', '[9,11)'), [1, 2]],
  ['rangeLte', (q) => q.rangeLte('seats', '[2,9)'), [1, 2]],
  ['rangeAdjacent', (q) => q.rangeAdjacent('seats', '[9,10)'), [2, 3]],
  ['overlaps an array', (q) => q.overlaps('tags', ['blue', 'green']), [1, 2]],
  ['overlaps a range', (q) => q.overlaps('away', '[2025-01-03 00:00, 2025-01-04 00:00)'), [1]],
  ['textSearch on a tsvector', (q) => q.textSearch('words', 'cat & sat'), [1, 4]],
  ['textSearch on text with a config', (q) => q.textSearch('about', 'cat', { config: 'english' }), [1, 4]],
  ['textSearch plain', (q) => q.textSearch('words', 'fat cats', { type: 'plain', config: 'english' }), [1]],
  ['textSearch phrase', (q) => q.textSearch('words', 'cat sat', { type: 'phrase', config: 'english' }), [1, 4]],
  ['textSearch websearch', (q) => q.textSearch('words', 'cat -fat', { type: 'websearch', config: 'english' }), [4]],
  ['match', (q) => q.match({ mood: 'merry', id: 1 }), [1]],
  ['not eq', (q) => q.not('id', 'eq', 1), [2, 3, 4]],
  ['not is', (q) => q.not('mood', 'is', null), [1, 2, 3]],
  ['not in', (q) => q.not('id', 'in', '(1,2)'), [3, 4]],
  ['not in a tree', (q) => q.or('not.and(id.gte.2,id.lte.3)'), [1, 4]],
  ['or', (q) => q.or('id.eq.1,name.eq.Bo'), [1, 2]],
  ['or with and', (q) => q.or('id.gt.3,and(mood.eq.merry,name.eq.Ada)'), [1, 4]],
  ['or with not', (q) => q.or('mood.not.is.null,id.eq.4'), [1, 2, 3, 4]],
  ['or with in', (q) => q.or('id.in.(1,2),name.in.("Dé 100%")'), [1, 2, 4]],
  ['or with quoted values', (q) => q.or('name.eq."Cy \\"the\\" O\'Neil, Jr.",id.eq.1'), [1, 3]],
  ['or with arrays', (q) => q.or('tags.cs.{red,green},tags.ov.{blue}'), [1, 2]],
  ['or with ranges', (q) => q.or('seats.cs."[2,3)",seats.sr."[9,10)"'), [1, 3]],
  ['or with json paths', (q) => q.or('profile->>age.eq.24,profile->pet->>kind.eq.cat'), [1, 2]],
  ['or with text search', (q) => q.or('words.fts(english).bat,words.plfts.fat'), [1, 2]],
  ['two or', (q) => q.or('id.eq.1,id.eq.2').or('id.eq.2,id.eq.3'), [2]],
  ['filter', (q) => q.filter('name', 'in', '("Ada","Bo")'), [1, 2]],
  ['the same column twice', (q) => q.gte('id', 2).lte('id', 3), [2, 3]],
]
for (const [name, apply, expected, why] of filters) {
  js(`filter: ${name}`, async () => {
    assert.deepEqual(await ids(apply(people())), expected, why)
  })
}

js('filter: is true and false', async () => {
  const q = (value) => own.from('people').select('id').is('profile->lang', value)
  await refused(q(true), 400, '42804')
})

js('filter: mistakes say what to change', async () => {
  assert.match((await refused(people().filter('id', 'equals', 1), 400, 'PGRST100')).message, /failed to parse filter \(equals\.1\)/)
  assert.match((await refused(people().eq('nme', 1), 400, '42703')).message, /nme/)
  assert.match((await refused(people().eq('id', 'x'), 400, '22P02')).message, /invalid input syntax for type integer: "x"/)
  assert.match((await refused(people().or('id.eq.1'.repeat(1) + ',('), 400, 'PGRST100')).message, /failed to parse logic tree/)
})

// Embeds

js('embed to one, to many and through a junction', async () => {
  const data = await rows(own.from('people').select('name, trips(km), skills(name)').lte('id', 2).order('id')
    .order('km', { referencedTable: 'trips' }).order('id', { referencedTable: 'skills' }))
  assert.deepEqual(data, [
    { name: 'Ada', trips: [{ km: 180 }, { km: 650.5 }], skills: [{ name: 'sewing' }, { name: 'singing' }] },
    { name: 'Bo', trips: [{ km: 900 }], skills: [{ name: 'singing' }] },
  ])
  const back = await rows(own.from('trips').select('km, people(name)').eq('id', 1))
  assert.deepEqual(back, [{ km: 180, people: { name: 'Ada' } }])
})

js('embed by the junction itself', async () => {
  const data = await rows(own.from('people_skills').select('level, people(name), skills(name)').eq('level', 9))
  assert.deepEqual(data, [{ level: 9, people: { name: 'Ada' }, skills: { name: 'sewing' } }])
})

js('embed one to one', async () => {
  const data = await rows(member.from('people').select('id, passports(number)').order('id'))
  assert.deepEqual(data.map((row) => row.passports), [{ number: 'P-1' }, { number: 'P-2' }, null, null])
})

js('embed with two foreign keys to one table', async () => {
  const error = await refused(own.from('trips').select('places(name)'), 300, 'PGRST201')
  assert.match(error.message, /more than one relationship was found for 'trips' and 'places'/)
  assert.match(error.hint, /Try changing 'places' to one of the following: /)
  assert.equal(error.details.length, 2)
  assert.deepEqual(Object.keys(error.details[0]).sort(), ['cardinality', 'embedding', 'relationship'])
  const expected = [{ from: { name: 'Wien' }, to: { name: 'Linz' } }]
  for (const select of ['from:places!trips_origin_fkey(name), to:places!trips_goal_fkey(name)',
    'from:places!origin(name), to:places!goal(name)', 'from:origin(name), to:goal(name)',
    'from:trips_origin_fkey(name), to:trips_goal_fkey(name)']) {
    assert.deepEqual(await rows(own.from('trips').select(select).eq('id', 1)), expected, select)
  }
})

js('embed from the other side of two foreign keys', async () => {
  const data = await rows(own.from('places').select('code, starts:trips!origin(id), ends:trips!trips_goal_fkey(id)').eq('code', 'W'))
  assert.deepEqual(data, [{ code: 'W', starts: [{ id: 1 }, { id: 3 }], ends: [{ id: 4 }] }])
})

js('embed itself', async () => {
  const [ada] = await rows(own.from('people').select('name, people(id)').eq('id', 1).order('id', { referencedTable: 'people' }))
  assert.deepEqual(ada, { name: 'Ada', people: [{ id: 2 }, { id: 3 }] })
  assert.deepEqual(await rows(own.from('people').select('name, chief:boss_id(name)').eq('id', 2)), [{ name: 'Bo', chief: { name: 'Ada' } }])
  assert.deepEqual(await rows(own.from('people').select('name, chief:people!boss_id(name)').eq('id', 2)), [{ name: 'Bo', chief: { name: 'Ada' } }])
})

js('embed by computed relationships', async () => {
  assert.deepEqual(await rows(own.from('people').select('boss(name), staff(id)').eq('id', 2)),
    [{ boss: { name: 'Ada' }, staff: [{ id: 4 }] }])
  assert.deepEqual(await rows(own.from('people').select('boss(name)').eq('id', 1)), [{ boss: null }])
})

js('embed inner', async () => {
  assert.deepEqual(await ids(own.from('people').select('id, trips!inner(km)').gt('trips.km', 600).order('id')), [1, 2])
  const left = await rows(own.from('people').select('id, trips!left(km)').gt('trips.km', 600).order('id'))
  assert.deepEqual(left.map((row) => row.trips.length), [1, 1, 0, 0])
  assert.deepEqual(await rows(own.from('trips').select('id, start:places!origin!inner(name)').eq('start.name', 'Linz')),
    [{ id: 2, start: { name: 'Linz' } }])
  assert.deepEqual(await rows(own.from('trips').select('id, start:places!inner!origin(name)').eq('start.name', 'Linz')),
    [{ id: 2, start: { name: 'Linz' } }])
})

js('embed to filter only', async () => {
  assert.deepEqual(await rows(own.from('people').select('name, skills!inner()').eq('skills.name', 'sewing')), [{ name: 'Ada' }])
})

js('embed and its absence', async () => {
  assert.deepEqual(await ids(own.from('people').select('id, trips()').is('trips', null)), [3])
  assert.deepEqual(await ids(own.from('people').select('id, trips()').not('trips', 'is', null).order('id')), [1, 2, 4])
  assert.deepEqual(await ids(own.from('people').select('id, trips(), skills()').or('trips.is.null,skills.not.is.null').order('id')), [1, 2, 3])
})

js('embed with filters, or, order, limit and range of its own', async () => {
  const trips = (apply) => rows(apply(own.from('people').select('trips(id)').eq('id', 1))).then(([row]) => row.trips.map((t) => t.id))
  assert.deepEqual(await trips((q) => q.order('km', { referencedTable: 'trips', ascending: false })), [2, 1])
  assert.deepEqual(await trips((q) => q.order('km', { foreignTable: 'trips' }).limit(1, { foreignTable: 'trips' })), [1])
  assert.deepEqual(await trips((q) => q.order('km', { referencedTable: 'trips' }).range(1, 1, { referencedTable: 'trips' })), [2])
  assert.deepEqual(await trips((q) => q.eq('trips.goal', 'B')), [2])
  assert.deepEqual(await trips((q) => q.or('km.lt.200,goal.eq.X', { referencedTable: 'trips' })), [1])
})

js('embed nested', async () => {
  const data = await rows(own.from('people').select('name, trips(id, goal:places!goal(name, starts:trips!origin(id)))')
    .eq('id', 1).eq('trips.id', 1).order('id', { referencedTable: 'trips.goal.starts' }))
  assert.deepEqual(data, [{ name: 'Ada', trips: [{ id: 1, goal: { name: 'Linz', starts: [{ id: 2 }] } }] }])
})

js('spread', async () => {
  assert.deepEqual(await rows(own.from('trips').select('id, ...people(traveller:name), ...places!goal(goal_name:name)').eq('id', 1)),
    [{ id: 1, traveller: 'Ada', goal_name: 'Linz' }])
  assert.deepEqual(await rows(own.from('people').select('id, ...trips(km)').eq('id', 1).order('km', { referencedTable: 'trips' })),
    [{ id: 1, km: [180, 650.5] }])
})

js('embed that does not exist', async () => {
  const error = await refused(own.from('people').select('id, places(name)'), 400, 'PGRST200')
  assert.match(error.message, /Could not find a relationship between 'people' and 'places' in the schema cache/)
  await refused(own.from('people').select('id, secrets(*)'), 400, 'PGRST200')
  await refused(own.from('people').select('id').eq('trips.km', 1), 400, 'PGRST108')
  await refused(own.from('people').select('id, trips(km)').eq('trips', 1), 400, 'PGRST120')
})

// Order, limits, counts

js('order', async () => {
  assert.deepEqual(await ids(own.from('people').select('id').order('name', { ascending: false })), [4, 3, 2, 1])
  assert.deepEqual(await ids(own.from('people').select('id').order('born', { nullsFirst: true })), [3, 4, 1, 2])
  assert.deepEqual(await ids(own.from('people').select('id').order('born', { ascending: false, nullsFirst: false })), [2, 1, 4, 3])
  assert.deepEqual(await ids(own.from('people').select('id').order('boss_id', { nullsFirst: true }).order('id', { ascending: false })), [1, 3, 2, 4])
  assert.deepEqual(await ids(own.from('people').select('id').order('profile->age', { nullsFirst: false }).order('id')), [4, 2, 1, 3])
  assert.deepEqual(await ids(own.from('trips').select('id, people(name)').order('people(name)', { ascending: false }).order('id')), [4, 3, 1, 2])
  await refused(own.from('people').select('id, trips(km)').order('trips(km)'), 400, 'PGRST118')
})

js('limit and range', async () => {
  assert.deepEqual(await ids(people().limit(2)), [1, 2])
  assert.deepEqual(await ids(people().range(1, 2)), [2, 3])
  assert.deepEqual(await ids(people().limit(0)), [])
  await refused(people().limit(-1), 416, 'PGRST103')
  assert.deepEqual(await ids(people().range(100, 110)), [])
  await refused(own.from('people').select('id', { count: 'exact' }).range(100, 110), 416, 'PGRST103')
})

js('no more rows than db-max-rows', async () => {
  const { data, count, status } = await ok(own.from('many').select('n', { count: 'exact' }))
  assert.deepEqual([data.length, count, status], [1000, 1500, 206])
})

js('counts', async () => {
  for (const count of ['exact', 'planned', 'estimated']) {
    const answer = await ok(own.from('many').select('n', { count }).limit(5))
    assert.equal(answer.count, 1500, count)
    assert.equal(answer.data.length, 5)
    assert.deepEqual([answer.status, answer.statusText], [206, 'Partial Content'])
  }
  const filtered = await ok(own.from('people').select('id, trips!inner(id)', { count: 'exact' }).gt('trips.km', 600).limit(1))
  assert.equal(filtered.count, 2)
})

js('counts without rows', async () => {
  const answer = await ok(own.from('people').select('*', { count: 'exact', head: true }))
  assert.deepEqual([answer.count, answer.data], [4, null])
  assert.equal((await ok(own.from('many').select('*', { count: 'planned', head: true }))).count, 1500)
})

js('single and maybeSingle', async () => {
  const one = await ok(own.from('people').select('name').eq('id', 1).single())
  assert.deepEqual(one.data, { name: 'Ada' })
  assert.equal((await refused(own.from('people').select().single(), 406, 'PGRST116')).details, 'The result contains 4 rows')
  assert.equal((await refused(own.from('people').select().eq('id', 0).single(), 406, 'PGRST116')).message, 'Cannot coerce the result to a single JSON object')
  assert.deepEqual((await ok(own.from('people').select('name').eq('id', 1).maybeSingle())).data, { name: 'Ada' })
  assert.equal((await ok(own.from('people').select('name').eq('id', 0).maybeSingle())).data, null)
  await refused(own.from('people').select('name').maybeSingle(), 406, 'PGRST116')
})

// Other forms

js('csv', async () => {
  const { data } = await ok(own.from('people').select('id, name, mood').lte('id', 3).order('id').csv())
  assert.equal(data, 'id,name,mood\n1,Ada,merry\n2,Bo,calm\n3,"Cy ""the"" O\'Neil, Jr.",glum')
  assert.equal((await ok(own.from('people').select('id, tags').eq('id', 1).csv())).data, 'id,tags\n1,"{red,green}"')
})

js('geojson', async (t) => {
  const answer = await own.from('places').select().geojson()
  if (answer.status === 406) return t.skip('there is no PostGIS in this database')
  assert.equal(answer.data?.type, 'FeatureCollection')
})

js('explain', async () => {
  assert.match((await ok(own.from('people').select().explain())).data, /^(Aggregate|Seq Scan|Sort|Limit)/)
  const [plan] = (await ok(own.from('people').select().explain({ format: 'json' }))).data
  assert.ok(plan.Plan['Node Type'])
  const all = { analyze: true, verbose: true, settings: true, buffers: true, wal: true }
  assert.match((await ok(own.from('people').select().explain(all))).data, /actual time=/)
  const [analyzed] = (await ok(own.from('people').select().explain({ ...all, format: 'json' }))).data
  assert.ok(analyzed.Plan['Actual Rows'] >= 0 && analyzed['Execution Time'] >= 0)
})

js('stripNulls', async () => {
  assert.deepEqual(await rows(own.from('people').select('id, mood, born').eq('id', 4).stripNulls()), [{ id: 4, born: '1985-12-31' }])
  assert.deepEqual((await ok(own.from('people').select('id, mood').eq('id', 4).stripNulls().single())).data, { id: 4 })
  const data = await rows(own.from('people').select('id, trips(id, origin)').eq('id', 4).stripNulls())
  assert.deepEqual(data, [{ id: 4, trips: [{ id: 4 }] }])
})

js('schema()', async () => {
  assert.deepEqual(await rows(own.schema('personal').from('people').select()), [{ id: 1, name: 'Private Ada' }])
  assert.equal((await ok(own.schema('personal').rpc('whose'))).data, 'personal')
  const error = await refused(own.schema('hidden').from('secrets').select(), 406, 'PGRST106')
  assert.match(error.hint ?? error.message, /public, personal/)
  await refused(own.schema('personal').from('trips').select(), 404, 'PGRST205')
  const fixed = new PostgrestClient(OWN, { schema: 'personal' })
  assert.deepEqual(await rows(fixed.from('people').select('name')), [{ name: 'Private Ada' }])
})

js('setHeader and the headers of the client', async () => {
  assert.equal((await ok(own.rpc('header', { name: 'x-mine' }).setHeader('X-Mine', 'Wert'))).data, 'Wert')
  const client = new PostgrestClient(OWN, { headers: { apikey: 'anything', 'x-client-info': 'me/1' } })
  assert.equal((await ok(client.rpc('header', { name: 'X-Client-Info' }))).data, 'me/1')
})

js('abortSignal', async () => {
  const controller = new AbortController()
  const pending = own.rpc('doze', { seconds: 30 }, { get: true }).abortSignal(controller.signal)
  setTimeout(() => controller.abort(), 150)
  const { error, status } = await pending
  assert.equal(status, 0)
  assert.match(error.message, /^AbortError/)
  let dozing = 1
  for (let tries = 0; dozing > 0 && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    dozing = (await ok(own.rpc('dozing'))).data
  }
  assert.equal(dozing, 0, 'the query of a client that left is cancelled')
})

js('retries', async () => {
  const asked = []
  const flaky = async (url, init) => {
    asked.push(init.headers['X-Retry-Count'] ?? null)
    return asked.length < 3 ? new Response('busy', { status: 503, headers: { 'Retry-After': '0' } }) : fetch(url, init)
  }
  const client = new PostgrestClient(OWN, { fetch: flaky })
  assert.deepEqual((await ok(client.rpc('header', { name: 'x-retry-count' }, { get: true }))).data, '2')
  assert.deepEqual(asked, [null, '1', '2'])
})

js('long addresses', async () => {
  const many = Array.from({ length: 2000 }, (_, i) => 1000 + i)
  assert.deepEqual(await ids(people().in('id', [1, ...many])), [1])
})

js('many at once, each with its own answer', async () => {
  const one = async (i) => {
    if (i % 4 === 0) return assert.equal((await ok(own.rpc('add', { a: i, b: 1 }, { get: i % 8 === 0 }))).data, i + 1)
    if (i % 4 === 1) return assert.deepEqual(await rows(own.from('many').select('n').eq('n', i)), [{ n: i }])
    if (i % 4 === 2) return assert.match((await refused(own.from('many').select(`column_${i}`), 400, '42703')).message, new RegExp(`column_${i} `))
    return assert.deepEqual(await rows(member.rpc('whoami', {}, { get: true })), 'member')
  }
  await Promise.all(Array.from({ length: 400 }, (_, i) => one(i + 1)))
})

// Errors

js('errors have the four fields', async () => {
  const error = await refused(own.from('peple').select(), 404, 'PGRST205')
  assert.match(error.message, /Could not find the table 'public.peple' in the schema cache/)
  assert.match(error.hint, /Perhaps you meant the table 'public.people'/)
  assert.deepEqual(Object.keys(error).sort(), ['code', 'details', 'hint', 'message'])
})

js('errors of privileges', async () => {
  const error = await refused(own.from('passports').select('number'), 401, '42501')
  assert.match(error.message, /permission denied for (table|view) passports/)
  await refused(member.schema('personal').from('nothing').select(), 404, 'PGRST205')
})

js('throwOnError', async () => {
  await assert.rejects(async () => await own.from('nothing').select().throwOnError(), (error) => {
    assert.equal(error.name, 'PostgrestError')
    assert.equal(error.code, 'PGRST205')
    return true
  })
  const { data } = await own.from('places').select('code').eq('code', 'W').throwOnError()
  assert.deepEqual(data, [{ code: 'W' }])
})

js('tokens', async () => {
  assert.equal((await ok(own.rpc('whoami'))).data, 'anon')
  assert.equal((await ok(member.rpc('whoami'))).data, 'member')
  const stranger = new PostgrestClient(OWN, { headers: { Authorization: 'Bearer nonsense' } })
  await refused(stranger.from('people').select(), 401, 'PGRST301')
})

js('reason phrases', async () => {
  const phrase = async (builder) => (await builder).statusText
  assert.equal(await phrase(own.from('people').select()), 'OK')
  assert.equal(await phrase(own.from('people').select('nothing')), 'Bad Request')
  assert.equal(await phrase(own.from('trips').select('places(*)')), 'Multiple Choices')
  assert.equal(await phrase(own.from('people').select().single()), 'Not Acceptable')
  assert.equal(await phrase(own.from('nothing').select()), 'Not Found')
  assert.equal(await phrase(own.from('passports').select('number')), 'Unauthorized')
})

js('the address of what was read', async () => {
  const log = []
  const client = new PostgrestClient(OWN, { fetch: watched(log) })
  await ok(client.from('people').select('id').eq('id', 1))
  assert.equal(log[0].answer.headers.get('Content-Location'), `${new URL(OWN).pathname}/people?id=eq.1&select=id`)
})

// The demo ERP

js('ERP: a list with its customer, paged and counted', async () => {
  const { data, count } = await ok(erp.from('sales_orders').select('id, order_no, customer:customers(code, company_name)', { count: 'exact' })
    .order('id').range(0, 9))
  assert.equal(data.length, 10)
  assert.ok(count > 10 && data.every((row) => row.customer.code && row.order_no))
})

js('ERP: orders with items and products', async () => {
  const data = await rows(erp.from('sales_orders').select('order_no, sales_order_items!inner(qty, products!inner(sku))')
    .order('id').limit(3))
  assert.ok(data.every((order) => order.sales_order_items.every((item) => item.products.sku)))
})

js('ERP: counts by status', async () => {
  const data = await rows(erp.from('sales_orders').select('status, count()').order('status'))
  const { count } = await ok(erp.from('sales_orders').select('*', { count: 'exact', head: true }))
  assert.equal(data.reduce((sum, row) => sum + row.count, 0), count)
})

js('ERP: every relation that the root names is listed, or refused to this role', async () => {
  const root = await fetch(`${ERP}/`, { headers: { ...MANAGER, Accept: 'application/openapi+json' } })
  const paths = Object.keys((await root.json()).paths).filter((path) => /^\/[^/]+$/.test(path))
  assert.ok(paths.length > 50, `only ${paths.length} relations`)
  for (const path of paths) {
    const name = decodeURIComponent(path.slice(1))
    const { data, error, status, count } = await manager.from(name).select('*', { count: 'exact' }).limit(2)
    if (error) assert.deepEqual([status, error.code], [403, '42501'], `${name}: ${error.message}`)
    else assert.ok(count >= data.length, name)
  }
})
