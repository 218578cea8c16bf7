// The rival: oidc-provider as its documentation sets it up, with tokens that are persisted, so that they can be revoked and
// introspected, in the PostgreSQL of the run. Its persisted access tokens are opaque (the JWT format is not persisted): it signs nothing.
// usage: node index.mjs PORT, with DB_* as the API has them, CLIENT_ID and CLIENT_SECRET
import { Provider } from 'oidc-provider';
import pg from 'pg';

const { DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME, CLIENT_ID, CLIENT_SECRET } = process.env;
const port = process.argv[2];
const pool = new pg.Pool({ host: DB_HOST, port: DB_PORT, user: DB_USER, password: DB_PASSWORD, database: DB_NAME, min: 5, max: 50 });

await pool.query(`CREATE TABLE IF NOT EXISTS node_oidc (
  model text NOT NULL, id text NOT NULL, payload jsonb NOT NULL, grant_id text, uid text, user_code text, expires_at timestamptz, consumed_at timestamptz,
  PRIMARY KEY (model, id))`);
await pool.query('CREATE INDEX IF NOT EXISTS ix_node_oidc_grant ON node_oidc (grant_id)');

// A query with a name is prepared once a connection, as ours are.
class Adapter {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload, expiresIn) {
    await pool.query({
      name: 'upsert',
      text: `INSERT INTO node_oidc (model, id, payload, grant_id, uid, user_code, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (model, id) DO UPDATE SET payload = $3, grant_id = $4, uid = $5, user_code = $6, expires_at = $7`,
      values: [this.model, id, payload, payload.grantId, payload.uid, payload.userCode, expiresIn ? new Date(Date.now() + expiresIn * 1000) : null],
    });
  }

  find(id) {
    return this.first('id', id);
  }

  findByUid(uid) {
    return this.first('uid', uid);
  }

  findByUserCode(userCode) {
    return this.first('user_code', userCode);
  }

  async consume(id) {
    await pool.query({ name: 'consume', text: 'UPDATE node_oidc SET consumed_at = now() WHERE model = $1 AND id = $2', values: [this.model, id] });
  }

  async destroy(id) {
    await pool.query({ name: 'destroy', text: 'DELETE FROM node_oidc WHERE model = $1 AND id = $2', values: [this.model, id] });
  }

  async revokeByGrantId(grantId) {
    await pool.query({ name: 'revoke', text: 'DELETE FROM node_oidc WHERE grant_id = $1', values: [grantId] });
  }

  async first(column, value) {
    const { rows: [row] } = await pool.query({
      name: `by-${column}`,
      text: `SELECT payload, consumed_at FROM node_oidc WHERE model = $1 AND ${column} = $2 AND (expires_at IS NULL OR expires_at > now())`,
      values: [this.model, value],
    });
    return row && { ...row.payload, ...(row.consumed_at && { consumed: true }) };
  }
}

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: Adapter,
  clients: [{
    client_id: CLIENT_ID, client_secret: CLIENT_SECRET, grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
    token_endpoint_auth_method: 'client_secret_post', scope: 'reviews:moderate',
  }],
  scopes: ['reviews:moderate'],
  ttl: { ClientCredentials: 3600 },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
});

provider.listen(port, '127.0.0.1');
