namespace GoApi.Benchmarks.Load;

/// <summary>node's oidc-provider as one more process, with its tokens in the same database (NodeProvider/index.mjs).</summary>
internal static class Rival
{
    public const string ClientId = "load";
    public const string ClientSecret = "a-secret-that-is-as-long-as-one-of-our-own-";

    /// <param name="folder">With its packages installed.</param>
    public static Task<ServerProcess> StartAsync(DirectoryInfo folder, string log, CancellationToken ct) => ServerProcess.StartAsync(
        "node", url => [Path.Combine(folder.FullName, "index.mjs"), $"{url.Port}"],
        _ => [new("NODE_ENV", "production"), new("CLIENT_ID", ClientId), new("CLIENT_SECRET", ClientSecret)],
        "/.well-known/openid-configuration", log, ct);
}
