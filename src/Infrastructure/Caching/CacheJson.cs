using System.Reflection;
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
        for (var i = 0; i < type.Properties.Count; i++)
        {
            if (type.Properties[i] is not { Get: null, Set: null, AttributeProvider: PropertyInfo { CanRead: true, CanWrite: true } ignored }) continue;

            var property = type.CreateJsonPropertyInfo(ignored.PropertyType, ignored.Name);
            (property.Get, property.Set) = (ignored.GetValue, ignored.SetValue);
            type.Properties[i] = property;
        }
    }
}
