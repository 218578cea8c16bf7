// A person with a browser: keeps cookies, logs in, allows. Follows the pages until it is sent to the client.
export async function authorize(url, { email, password }) {
  const jar = new Map();
  let next = url;
  for (let step = 0; step < 10; step++) {
    let page = await visit(next);
    if (page.url.pathname === '/login') page = await submit(page, '/login', { email, password });
    else if (page.url.pathname === '/consent') page = await submit(page, '/consent', { decision: 'allow' });
    if (page.leaves) return page.leaves;
    next = page.next ?? fail(`stuck at ${page.url}: ${page.status} ${page.html}`);
  }
  fail('the pages go round in circles');

  async function visit(address, init = {}) {
    for (let hop = 0; hop < 10; hop++) {
      const at = new URL(address, url);
      if (at.origin !== new URL(url).origin) return { url: at, leaves: at };
      const answer = await fetch(at, { ...init, redirect: 'manual', headers: { ...init.headers, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') } });
      for (const cookie of answer.headers.getSetCookie()) {
        const [name, value] = cookie.split(';')[0].split(/=(.*)/s);
        if (value === '') jar.delete(name);
        else jar.set(name, value);
      }
      const location = answer.headers.get('location');
      if (location) {
        [address, init] = [new URL(location, at).href, {}];
        continue;
      }
      const html = await answer.text();
      const refresh = html.match(/http-equiv="refresh" content="0; url=([^"]*)"/)?.[1];
      return { url: at, status: answer.status, html, next: refresh && new URL(decode(refresh), at).href };
    }
    fail(`too many redirects at ${address}`);
  }

  async function submit(page, action, fields) {
    const form = new URLSearchParams(fields);
    for (const [input] of page.html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      form.append(decode(input.match(/name="([^"]*)"/)[1]), decode(input.match(/value="([^"]*)"/)?.[1] ?? ''));
    }
    return visit(new URL(action, page.url).href, { method: 'POST', body: form });
  }
}

const decode = (text) => text.replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16))).replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&');

export function fail(message) {
  throw new Error(message);
}

export function check(holds, message) {
  if (!holds) fail(message);
}
