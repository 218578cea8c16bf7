// A person with a browser: keeps cookies, logs in, allows.
export class Browser {
  #jar = new Map();
  #home;

  constructor(home) {
    this.#home = new URL(home).origin;
  }

  // Follows the pages until it is sent to the client: that address.
  async authorize(url, person) {
    let next = url;
    for (let step = 0; step < 10; step++) {
      let page = await this.#logIn(await this.#visit(next), person);
      if (page.url.pathname === '/consent') page = await this.#submit(page, '/consent', { decision: 'allow' });
      if (page.leaves) return page.leaves;
      next = page.next ?? fail(`stuck at ${page.url}: ${page.status} ${page.html}`);
    }
    fail('the pages go round in circles');
  }

  // Connects a device: the address that its screen shows.
  async connect(url, person) {
    const asked = await this.#logIn(await this.#visit(url), person);
    const done = await this.#submit(asked, '/device', { decision: 'allow' });
    check(done.url.pathname === '/device/connected', `the device is connected, and not at ${done.url}`);
  }

  // Where the log-out ends, without being asked.
  async logOut(url) {
    return (await this.#visit(url)).leaves ?? fail('the log-out does not return to the client');
  }

  async #logIn(page, { email, password }) {
    return page.url.pathname === '/login' ? this.#submit(page, '/login', { email, password }) : page;
  }

  async #visit(address, init = {}) {
    for (let hop = 0; hop < 10; hop++) {
      const at = new URL(address, this.#home);
      if (at.origin !== this.#home) return { url: at, leaves: at };
      const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(at, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
      for (const set of answer.headers.getSetCookie()) {
        const [name, value] = set.split(';')[0].split(/=(.*)/s);
        if (value === '') this.#jar.delete(name);
        else this.#jar.set(name, value);
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

  #submit(page, action, fields) {
    const form = new URLSearchParams(fields);
    for (const [input] of page.html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      form.append(decode(input.match(/name="([^"]*)"/)[1]), decode(input.match(/value="([^"]*)"/)?.[1] ?? ''));
    }
    return this.#visit(new URL(action, page.url).href, { method: 'POST', body: form });
  }
}

const decode = (text) => text.replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16))).replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&');

export function fail(message) {
  throw new Error(message);
}

export function check(holds, message) {
  if (!holds) fail(message);
}
