using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ZiggyCreatures.Caching.Fusion.Serialization;

namespace GoApi.Infrastructure.Caching;

/// <summary>Values on their way to Redis and back: all of their properties, also those that the API does not show.</summary>
internal sealed class CacheJson : IFusionCacheSerializer
{
    private static readonly JsonSerializerOptions Whole = new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { IncludeIgnored } } };

    public byte[] Serialize<T>(T? obj) => JsonSerializer.SerializeToUtf8Bytes(obj, Whole);

    public T? Deserialize<T>(byte[] data) => JsonSerializer.Deserialize<T>(data, Whole);

    public ValueTask<byte[]> SerializeAsync<T>(T? obj, CancellationToken token = default) => new(Serialize(obj));

    public ValueTask<T?> DeserializeAsync<T>(byte[] data, CancellationToken token = default) => new(Deserialize<T>(data));

    private static void IncludeIgnored(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property is not { Get: null, Set: null } || property.AttributeProvider is not System.Reflection.PropertyInfo { CanRead: true, CanWrite: true } ignored) continue;
            (property.Get, property.Set) = (ignored.GetValue, ignored.SetValue);
        }
    }
}
